// A virtual network with a fixed outgoing address (NAT), so that a system can allow this address alone.
param name string
param networkName string
param location string
param tags object
param addressSpace string

resource address 'Microsoft.Network/publicIPAddresses@2025-09-01' = {
  name: '${name}-outgoing'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource nat 'Microsoft.Network/natGateways@2025-09-01' = {
  name: '${name}-nat'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: address.id }], idleTimeoutInMinutes: 4 }
}

resource network 'Microsoft.Network/virtualNetworks@2025-09-01' = {
  name: networkName
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressSpace] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 26, 0)
          natGateway: { id: nat.id }
          delegations: [{ name: 'functions', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: cidrSubnet(addressSpace, 27, 2), privateEndpointNetworkPolicies: 'Disabled' }
      }
    ]
  }
}

output outgoingAddress string = address.properties.ipAddress
