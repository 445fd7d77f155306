// Private endpoints of the storage account and the key vault, with their DNS zones.
param name string
param location string
param tags object
param networkName string
param storageAccountName string
param keyVaultName string
param keyVaultResourceGroup string

var vaultZone = 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}' // the domain differs by cloud
var storageId = resourceId('Microsoft.Storage/storageAccounts', storageAccountName)
var targets = [
  { group: 'blob', id: storageId, zone: 'privatelink.blob.${environment().suffixes.storage}' }
  { group: 'table', id: storageId, zone: 'privatelink.table.${environment().suffixes.storage}' }
  { group: 'vault', id: resourceId(keyVaultResourceGroup, 'Microsoft.KeyVault/vaults', keyVaultName), zone: vaultZone }
]

resource network 'Microsoft.Network/virtualNetworks@2025-09-01' existing = {
  name: networkName

  resource subnet 'subnets' existing = {
    name: 'endpoints'
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for target in targets: {
  name: target.zone
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (target, i) in targets: {
  parent: zones[i]
  name: name
  location: 'global'
  tags: tags
  properties: { virtualNetwork: { id: network.id }, registrationEnabled: false }
}]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-09-01' = [for target in targets: {
  name: '${name}-${target.group}'
  location: location
  tags: tags
  properties: {
    subnet: { id: network::subnet.id }
    privateLinkServiceConnections: [
      { name: target.group, properties: { privateLinkServiceId: target.id, groupIds: [target.group] } }
    ]
  }
}]

resource groups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-09-01' = [for (target, i) in targets: {
  parent: endpoints[i]
  name: 'default'
  properties: { privateDnsZoneConfigs: [{ name: target.group, properties: { privateDnsZoneId: zones[i].id } }] }
}]
