// A page in the portal with the queries of docs/operations.md.
param name string
param location string
param tags object
param insightsName string

var requests = loadTextContent('../queries/requests.kql')
var questions = [
  { title: 'Failures by code', query: loadTextContent('../queries/failures-by-code.kql') }
  { title: 'Refused tokens', query: loadTextContent('../queries/refused-tokens.kql') }
  { title: 'Latency by hop', query: loadTextContent('../queries/latency-by-hop.kql') }
  { title: 'Exchanges saved', query: loadTextContent('../queries/exchanges-saved.kql') }
  { title: 'Busiest minutes', query: loadTextContent('../queries/busiest-minute.kql') }
]

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, name, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: '${name}: OBO-SAML bridge'
    category: 'workbook'
    sourceId: insights.id
    serializedData: string({
      version: 'Notebook/1.0'
      items: map(range(0, length(questions)), i => {
        type: 3
        name: 'question-${i}'
        content: {
          version: 'KqlItem/1.0'
          title: questions[i].title
          query: '${requests}${questions[i].query}'
          size: 0
          queryType: 0
          resourceType: 'microsoft.insights/components'
          crossComponentResources: [insights.id]
        }
      })
    })
  }
}
