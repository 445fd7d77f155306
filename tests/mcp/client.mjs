// The official TypeScript client lists and calls tools, with a token or by its own way to one. Prints one JSON object.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { MCP_MODULES, MCP_PACKAGE, MCP_URL, MCP_TOKEN, MCP_CLIENT_ID, MCP_MODE } = process.env;
const require = createRequire(`${MCP_MODULES}/package.json`);
const load = async (name) => import(pathToFileURL(require.resolve(`@modelcontextprotocol/${name}`)).href);
const parts = MCP_PACKAGE === "client"
  ? [await load("client")]
  : [await load("sdk/client/index.js"), await load("sdk/client/streamableHttp.js")];
const { Client, StreamableHTTPClientTransport } = Object.assign({}, ...parts);

const redirectUrl = "http://localhost:33418/callback";
let code, verifier, tokens;
const asked = {};
const provider = {
  redirectUrl,
  clientMetadata: { redirect_uris: [redirectUrl], token_endpoint_auth_method: "none" },
  clientInformation: () => ({ client_id: MCP_CLIENT_ID }),
  tokens: () => tokens,
  saveTokens: (given) => { tokens = given; },
  saveCodeVerifier: (given) => { verifier = given; },
  codeVerifier: () => verifier,
  redirectToAuthorization: async (url) => {
    Object.assign(asked, Object.fromEntries(url.searchParams));
    url.searchParams.set("login_hint", "alex");
    const answer = await fetch(url, { redirect: "manual" });
    code = new URL(answer.headers.get("location")).searchParams.get("code");
  },
};

const transport = () => new StreamableHTTPClientTransport(new URL(MCP_URL), MCP_TOKEN
  ? { requestInit: { headers: { Authorization: `Bearer ${MCP_TOKEN}` } } }
  : { authProvider: provider });
const client = () => new Client({ name: "test", version: "1" }, MCP_MODE ? { versionNegotiation: { mode: MCP_MODE } } : {});

let connected = client();
let line = transport();
try {
  await connected.connect(line);
} catch (error) {
  if (MCP_TOKEN || !code) throw error;
  await line.finishAuth(code);
  connected = client();
  await connected.connect(transport());
}
const { tools } = await connected.listTools();
const profile = await connected.callTool({ name: "GetMyProfile", arguments: {} });
const refused = await connected.callTool({ name: "RequestMyDocument", arguments: {} });
console.log(JSON.stringify({
  tools: tools.map((tool) => tool.name),
  profile,
  refused,
  asked,
  token: tokens?.access_token,
  server: connected.getServerVersion()?.name,
}));
await connected.close();
