// Roles of the app's identity in the vault: it reads secrets (if there are any), and signs with the signing keys, one role for each.
param name string
param identityName string
param identityResourceGroup string
param readsSecrets bool
param signingSystems string[]
param signingRoleId string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
  scope: resourceGroup(identityResourceGroup)
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: name
}

resource secretsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (readsSecrets) {
  scope: vault
  name: guid(vault.id, identity.id, secretsUser)
  properties: {
    principalId: identity.properties.principalId
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
  name: guid(vault.id, system, identity.id, signingRoleId)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', signingRoleId)
  }
}]
