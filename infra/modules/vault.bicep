// The key vault: roles in place of access policies, purge protection, audit log. Each signing key has its own role assignment.
param name string
param location string
param tags object
param workspaceId string
param appPrincipalId string
param readsSecrets bool
param signingSystems string[]
param privateOnly bool

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var cryptoUser = '12338af0-0e69-4776-bea7-57ae8d297424'

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 7
    publicNetworkAccess: privateOnly ? 'disabled' : 'enabled'
    networkAcls: { bypass: 'None', defaultAction: privateOnly ? 'Deny' : 'Allow' }
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [{ category: 'AuditEvent', enabled: true }]
  }
}

resource secretsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (readsSecrets) {
  scope: vault
  name: guid(vault.id, appPrincipalId, secretsUser)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource signingKeys 'Microsoft.KeyVault/vaults/keys@2026-02-01' existing = [for system in signingSystems: {
  parent: vault
  name: '${system}-signing'
}]

resource signingRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (system, i) in signingSystems: {
  scope: signingKeys[i]
  name: guid(vault.id, system, appPrincipalId, cryptoUser)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', cryptoUser)
  }
}]

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
