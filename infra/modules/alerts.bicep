// Alerts on the log. The queries are the files in infra/queries, which docs/operations.md shows and a test parses.
param name string
param location string
param tags object
param insightsName string
param operatorMail string

var requests = loadTextContent('../queries/requests.kql')
var rules = [
  {
    name: 'setup-broken'
    text: 'Requests end with 424: the set-up is wrong, and no retry helps. The members code and operator of the log line name the fix.'
    severity: 1
    window: 'PT5M'
    query: '${requests}${loadTextContent('../queries/alert-setup-broken.kql')}'
  }
  {
    name: 'crash'
    text: 'An unexpected error: a defect of the bridge. Report it with the places in the code that the log line names.'
    severity: 1
    window: 'PT5M'
    query: loadTextContent('../queries/alert-crash.kql')
  }
  {
    name: 'upstream-away'
    text: 'More than one request in ten fails because Entra or the business system does not respond.'
    severity: 2
    window: 'PT15M'
    query: '${requests}${loadTextContent('../queries/alert-upstream-away.kql')}'
  }
  {
    name: 'outcome-unknown'
    text: 'A write was sent and no definite response came. Check in the system whether it was done.'
    severity: 2
    window: 'PT15M'
    query: '${requests}${loadTextContent('../queries/alert-outcome-unknown.kql')}'
  }
  {
    name: 'names-refused'
    text: 'Several users were refused because of their NameID: the pattern is wrong, or somebody guesses names.'
    severity: 2
    window: 'PT1H'
    query: '${requests}${loadTextContent('../queries/alert-names-refused.kql')}'
  }
  {
    name: 'enumeration'
    text: 'One person searched for colleagues more than 60 times in an hour: a loop in an agent, or somebody reads the directory.'
    severity: 2
    window: 'PT1H'
    query: '${requests}${loadTextContent('../queries/alert-enumeration.kql')}'
  }
  {
    name: 'users-unknown'
    text: 'The system does not know several users. The member operator of the log line says whether the trust or the accounts are the cause.'
    severity: 2
    window: 'PT1H'
    query: '${requests}${loadTextContent('../queries/alert-users-unknown.kql')}'
  }
]

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(operatorMail)) {
  name: '${name}-operators'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'obo-bridge'
    emailReceivers: [{ name: 'operators', emailAddress: operatorMail, useCommonAlertSchema: true }]
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [for rule in rules: {
  name: '${name}-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${name}: ${rule.name}'
    description: rule.text
    severity: rule.severity
    enabled: true
    autoMitigate: true
    scopes: [insights.id]
    evaluationFrequency: rule.window
    windowSize: rule.window
    criteria: {
      allOf: [{ query: rule.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }]
    }
    actions: { actionGroups: empty(operatorMail) ? [] : [operators.id] }
  }
}]
