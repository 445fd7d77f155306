// Private endpoints of the storage account and the key vault, with their DNS zones.
param name string
param location string
param tags object
param networkId string
param subnetId string
param storageId string
param vaultId string

var targets = [
  { group: 'blob', id: storageId, zone: 'privatelink.blob.${environment().suffixes.storage}' }
  { group: 'table', id: storageId, zone: 'privatelink.table.${environment().suffixes.storage}' }
  { group: 'vault', id: vaultId, zone: 'privatelink.vaultcore.azure.net' }
]

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
  properties: { virtualNetwork: { id: networkId }, registrationEnabled: false }
}]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-09-01' = [for target in targets: {
  name: '${name}-${target.group}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
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
