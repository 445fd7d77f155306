// Everything in Azure that the bridge needs, without code and without secrets.
//   az deployment group create --resource-group RG --template-file infra/main.bicep --parameters infra/test.bicepparam
// docs/deploy.md has the order: this template, deploy/2-entra-apps.sh, this template again with the ids, deploy/4-publish.sh.
targetScope = 'resourceGroup'

@description('Name of the function app: https://NAME.azurewebsites.net. Must be free in all of Azure.')
@minLength(3)
@maxLength(40)
param name string

@description('Region. It must have Flex Consumption: az functionapp list-flexconsumption-locations')
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags object = {}

@description('Storage account: 3-24 lower-case letters and digits, free in all of Azure.')
@minLength(3)
@maxLength(24)
param storageAccountName string = 'st${uniqueString(resourceGroup().id, name)}'

@description('Key vault: 3-24 letters, digits and hyphens, free in all of Azure.')
@minLength(3)
@maxLength(24)
param keyVaultName string = 'kv-${uniqueString(resourceGroup().id, name)}'

@description('Python of the app: az functionapp list-flexconsumption-runtimes --location LOCATION --runtime python')
@allowed(['3.11', '3.12', '3.13'])
param pythonVersion string = '3.13'

@description('Memory of one instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Upper limit of instances. Billing follows the instances that run, not this limit.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Requests at the same time on one instance. The default of Azure for Python is 1.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 16

@description('Threads of the Python worker. At least httpConcurrency.')
@minValue(1)
@maxValue(1000)
param threads int = 32

@description('Instances that never sleep. 0: a request after a quiet time waits for a cold start. 1 or more are billed all the time.')
@minValue(0)
@maxValue(100)
param alwaysReady int = 0

@description('Days that logs are kept. They hold object ids of users.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Upper limit of log ingestion per day in GB, as text; -1 is none.')
param logDailyCapGb string = '1'

@description('Spread the plan and the storage over availability zones. The region must have zones; alwaysReady must be at least 2.')
param zoneRedundant bool = false

@description('Mail address of the people who run the bridge: alerts, and expiry of certificates. Empty: nobody is told.')
param operatorMail string = ''

@description('Put the app into a virtual network with a fixed outgoing address, and storage and vault behind private endpoints.')
param privateNetwork bool = false

@description('Address space of the virtual network, if there is one: at least a /24.')
param addressSpace string = '10.40.0.0/24'

@description('Client id of the service app (deploy/2-entra-apps.sh). Empty in the first deployment: the app then has no BRIDGE_ENTRA settings.')
param serviceAppId string = ''

@description('Client ids that may call the bridge, i.e. the connector app, separated by spaces.')
param allowedClients string = ''

@description('National cloud of the tenant, as BRIDGE_ENTRA__CLOUD.')
@allowed(['public', 'usgov', 'china'])
param cloud string = 'public'

@description('App settings BRIDGE_... by name. No secrets: use secretSettings.')
param bridgeSettings object = {}

@description('App settings whose values are secrets of the vault: name of the setting -> name of the secret (deploy/3-secrets.sh stores it).')
param secretSettings object = {}

@description('Systems whose assertions the bridge signs: name -> { keyId, certificate }, as deploy/3-secrets.sh prints them.')
param signing object = {}

@description('Resource group of a key vault that exists already. Empty: the template makes the vault.')
param existingVaultResourceGroup string = ''

@description('Name of the plan. An app that the scripts of version 0.1 made has another one: az functionapp show --query appServicePlanId')
param planName string = '${name}-plan'

var all = union(tags, { 'obo-saml-bridge': name })

module identity 'modules/identity.bicep' = {
  name: '${name}-identity'
  params: { name: '${name}-identity', location: location, tags: all }
}

module logs 'modules/logs.bicep' = {
  name: '${name}-logs'
  params: {
    name: name
    location: location
    tags: all
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
    publisherPrincipalId: identity.outputs.principalId
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: '${name}-network'
  params: { name: name, location: location, tags: all, addressSpace: addressSpace }
}

module storage 'modules/storage.bicep' = {
  name: '${name}-storage'
  params: {
    name: storageAccountName
    location: location
    tags: all
    zoneRedundant: zoneRedundant
    appPrincipalId: identity.outputs.principalId
    privateOnly: privateNetwork
  }
}

module vault 'modules/vault.bicep' = if (empty(existingVaultResourceGroup)) {
  name: '${name}-vault'
  params: {
    name: keyVaultName
    location: location
    tags: all
    workspaceId: logs.outputs.workspaceId
    privateOnly: privateNetwork
  }
}

module vaultAccess 'modules/vault-access.bicep' = {
  name: '${name}-vault-access'
  scope: resourceGroup(empty(existingVaultResourceGroup) ? resourceGroup().name : existingVaultResourceGroup)
  dependsOn: [vault]
  params: {
    name: keyVaultName
    appPrincipalId: identity.outputs.principalId
    readsSecrets: !empty(secretSettings)
    signingSystems: map(items(signing), entry => entry.key)
  }
}

module endpoints 'modules/endpoints.bicep' = if (privateNetwork) {
  name: '${name}-endpoints'
  params: {
    name: name
    location: location
    tags: all
    networkId: network!.outputs.networkId
    subnetId: network!.outputs.endpointSubnetId
    storageId: storage.outputs.id
    vaultId: vaultAccess.outputs.vaultId
  }
}

module app 'modules/app.bicep' = {
  name: '${name}-app'
  params: {
    name: name
    location: location
    tags: all
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageBlobEndpoint: storage.outputs.blobEndpoint
    storageTableEndpoint: storage.outputs.tableEndpoint
    packageContainer: storage.outputs.packageContainer
    insightsConnectionString: logs.outputs.connectionString
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    zoneRedundant: zoneRedundant
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpConcurrency: httpConcurrency
    threads: threads
    alwaysReady: alwaysReady
    vaultUri: vaultAccess.outputs.uri
    serviceAppId: serviceAppId
    allowedClients: allowedClients
    cloud: cloud
    bridgeSettings: bridgeSettings
    secretSettings: secretSettings
    signing: signing
    planName: planName
  }
}

module alerts 'modules/alerts.bicep' = {
  name: '${name}-alerts'
  params: {
    name: name
    location: location
    tags: all
    insightsId: logs.outputs.insightsId
    operatorMail: operatorMail
  }
}

module workbook 'modules/workbook.bicep' = {
  name: '${name}-workbook'
  params: { name: name, location: location, tags: all, insightsId: logs.outputs.insightsId }
}

output host string = app.outputs.host
output identityPrincipalId string = identity.outputs.principalId
output identityClientId string = identity.outputs.clientId
output keyVault string = keyVaultName
output outgoingAddress string = privateNetwork ? network!.outputs.outgoingAddress : ''
