// What the app's identity may do in the vault: read secrets (if there are any), and sign with each signing key by itself.
param name string
param appPrincipalId string
param readsSecrets bool
param signingSystems string[]

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var cryptoUser = '12338af0-0e69-4776-bea7-57ae8d297424'

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: name
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

output vaultId string = vault.id
output uri string = vault.properties.vaultUri
