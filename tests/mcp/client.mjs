// The official TypeScript clients list and call tools: each with a token, and then with one that it gets by itself.
// The arguments name them: "PACKAGE [MODE]". Prints one JSON object on a line for each.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { MCP_MODULES, MCP_URL, MCP_TOKEN, MCP_CLIENT_ID } = process.env;
const require = createRequire(`${MCP_MODULES}/package.json`);
const load = async (name) => import(pathToFileURL(require.resolve(`@modelcontextprotocol/${name}`)).href);
const PARTS = { client: ["client"], sdk: ["sdk/client/index.js", "sdk/client/streamableHttp.js"] };
const REDIRECT = "http://localhost:33418/callback";

/** A person at a browser, who signs in as alex. `code` is in the redirect to the client. */
const signIn = () => {
  const kept = { asked: {} };
  return Object.assign(kept, {
    redirectUrl: REDIRECT,
    clientMetadata: { redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" },
    clientInformation: () => ({ client_id: MCP_CLIENT_ID }),
    tokens: () => kept.given,
    saveTokens: (given) => { kept.given = given; },
    saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
    codeVerifier: () => kept.verifier,
    redirectToAuthorization: async (url) => {
      Object.assign(kept.asked, Object.fromEntries(url.searchParams));
      url.searchParams.set("login_hint", "alex");
      const response = await fetch(url, { redirect: "manual" });
      kept.code = new URL(response.headers.get("location")).searchParams.get("code");
    },
  });
};

const use = async (name, authProvider) => {
  const [parts, mode] = name.split(" ");
  const loaded = await Promise.all(PARTS[parts].map(load));
  const { Client, StreamableHTTPClientTransport } = Object.assign({}, ...loaded);
  const how = authProvider ? { authProvider } : { requestInit: { headers: { Authorization: `Bearer ${MCP_TOKEN}` } } };
  const transport = () => new StreamableHTTPClientTransport(new URL(MCP_URL), how);
  const client = () => new Client({ name: "test", version: "1" }, mode ? { versionNegotiation: { mode } } : {});

  let connected = client();
  const first = transport();
  try {
    await connected.connect(first);
  } catch (error) {
    if (!authProvider?.code) throw error;
    await first.finishAuth(authProvider.code);
    connected = client();
    await connected.connect(transport());
  }
  const { tools } = await connected.listTools();
  const profile = await connected.callTool({ name: "GetMyProfile", arguments: {} });
  const refused = await connected.callTool({ name: "RequestMyDocument", arguments: {} });
  console.log(JSON.stringify({
    client: name,
    tools: tools.map((tool) => tool.name),
    profile,
    refused,
    asked: authProvider?.asked,
    token: authProvider?.given?.access_token,
    server: connected.getServerVersion()?.name,
  }));
  await connected.close();
};

for (const name of process.argv.slice(2)) {
  await use(name);
  await use(name, signIn());
}
