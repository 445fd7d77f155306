// Asks Microsoft's own KQL parser what is wrong with queries. Standard input: a JSON list of texts; output: a JSON list of lists.
const { createRequire } = require("node:module");
const load = createRequire(`${process.env.KUSTO_MODULES}/`);
load("@kusto/language-service-next/bridge.min.js");
load("@kusto/language-service-next/Kusto.Language.Bridge.min.js");

const { GlobalState, KustoCode, Symbols } = Kusto.Language;
const TABLES = { // the columns that Application Insights and the vault's audit log have
  traces: "(timestamp: datetime, message: string, severityLevel: int, operation_Id: string, cloud_RoleName: string)",
  AZKVAuditLogs: "(TimeGenerated: datetime, OperationName: string, ResultType: string, CallerIpAddress: string, RequestUri: string, Identity: dynamic)",
};
const tables = Object.entries(TABLES).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1("db", tables, false));
const queries = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));
const problems = queries.map((text) => {
  const found = KustoCode.ParseAndAnalyze(text, globals).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, i) => `${found.getItem(i).Code}: ${found.getItem(i).Message}`);
});
console.log(JSON.stringify(problems));
