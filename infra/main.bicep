// Everything in Azure that the bridge needs, without code and without secrets.
//   az deployment group create --resource-group RG --template-file infra/main.bicep --parameters infra/test.bicepparam
// docs/deploy.md has the order: deploy/1-template.sh, 2-entra-apps.sh, 3-secrets.sh, 1-template.sh again, 4-publish.sh.
//
// Modules get names, never the outputs of other modules: what-if skips a module whose parameters are known only while Azure
// deploys (NestedDeploymentShortCircuited). A module reads what only Azure knows from the existing resource.
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

@description('Instances that always run. 0: the first request after a pause waits for a cold start. 1 or more are billed all the time.')
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

@description('Mail address of the people who run the bridge: alerts, and expiry of certificates. Empty: no mail is sent.')
param operatorMail string = ''

@description('Object id of the group of people (and pipelines) who run the bridge: they may pause writes before an update. Empty: no person may.')
param operatorsGroupId string = ''

@description('How Azure replaces running instances at an update. RollingUpdate lets running requests end; Recreate ends them. Where a region refuses RollingUpdate (a preview), choose Recreate.')
@allowed(['RollingUpdate', 'Recreate'])
param updateStrategy string = 'RollingUpdate'

@description('Put the app into a virtual network with a fixed outgoing address, and storage and vault behind private endpoints.')
param privateNetwork bool = false

@description('Address space of the virtual network, if there is one: at least a /24.')
param addressSpace string = '10.40.0.0/24'

@description('With privateNetwork: public IP addresses or ranges from which secrets are stored and writes are paused. Empty: only from inside the network.')
param administratorAddresses string[] = []

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

@description('Role of the app on each signing key. The default is Key Vault Crypto User; a custom role with only keys/read and keys/sign/action is narrower.')
param signingRoleId string = '12338af0-0e69-4776-bea7-57ae8d297424'

@description('Resource group of a key vault that exists already. Empty: the template makes the vault.')
param existingVaultResourceGroup string = ''

@description('Name of the plan. An app that the scripts of version 0.1 made has another one: az functionapp show --query appServicePlanId')
param planName string = '${name}-plan'

var all = union(tags, { 'obo-saml-bridge': name })
var identityName = '${name}-identity'
var insightsName = '${name}-insights'
var workspaceName = '${name}-logs'
var networkName = '${name}-network'

module identity 'modules/identity.bicep' = {
  name: '${name}-identity'
  params: { name: identityName, location: location, tags: all }
}

module logs 'modules/logs.bicep' = {
  name: '${name}-logs'
  dependsOn: [identity]
  params: {
    workspaceName: workspaceName
    insightsName: insightsName
    location: location
    tags: all
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
    identityName: identityName
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: '${name}-network'
  params: { name: name, networkName: networkName, location: location, tags: all, addressSpace: addressSpace }
}

module storage 'modules/storage.bicep' = {
  name: '${name}-storage'
  dependsOn: [identity]
  params: {
    name: storageAccountName
    location: location
    tags: all
    zoneRedundant: zoneRedundant
    identityName: identityName
    operatorsGroupId: operatorsGroupId
    privateOnly: privateNetwork
    administratorAddresses: administratorAddresses
  }
}

module vault 'modules/vault.bicep' = if (empty(existingVaultResourceGroup)) {
  name: '${name}-vault'
  dependsOn: [logs]
  params: {
    name: keyVaultName
    location: location
    tags: all
    workspaceName: workspaceName
    privateOnly: privateNetwork
    administratorAddresses: administratorAddresses
  }
}

module vaultAccess 'modules/vault-access.bicep' = {
  name: '${name}-vault-access'
  scope: resourceGroup(empty(existingVaultResourceGroup) ? resourceGroup().name : existingVaultResourceGroup)
  dependsOn: [identity, vault]
  params: {
    name: keyVaultName
    identityName: identityName
    identityResourceGroup: resourceGroup().name
    readsSecrets: !empty(secretSettings)
    signingSystems: map(items(signing), entry => entry.key)
    signingRoleId: signingRoleId
  }
}

module endpoints 'modules/endpoints.bicep' = if (privateNetwork) {
  name: '${name}-endpoints'
  dependsOn: [network, storage, vaultAccess]
  params: {
    name: name
    location: location
    tags: all
    networkName: networkName
    storageAccountName: storageAccountName
    keyVaultName: keyVaultName
    keyVaultResourceGroup: empty(existingVaultResourceGroup) ? resourceGroup().name : existingVaultResourceGroup
  }
}

module app 'modules/app.bicep' = {
  name: '${name}-app'
  dependsOn: [identity, logs, network, storage, vaultAccess]
  params: {
    name: name
    location: location
    tags: all
    identityName: identityName
    insightsName: insightsName
    storageAccountName: storageAccountName
    keyVaultName: keyVaultName
    subnetId: privateNetwork ? resourceId('Microsoft.Network/virtualNetworks/subnets', networkName, 'app') : ''
    zoneRedundant: zoneRedundant
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpConcurrency: httpConcurrency
    threads: threads
    alwaysReady: alwaysReady
    updateStrategy: updateStrategy
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
  dependsOn: [logs]
  params: { name: name, location: location, tags: all, insightsName: insightsName, operatorMail: operatorMail }
}

module workbook 'modules/workbook.bicep' = {
  name: '${name}-workbook'
  dependsOn: [logs]
  params: { name: name, location: location, tags: all, insightsName: insightsName }
}

output functionApp string = name
output host string = app.outputs.host
output identityPrincipalId string = identity.outputs.principalId
output keyVault string = keyVaultName
output ledgerTable string = 'https://${storageAccountName}.table.${environment().suffixes.storage}/ledger'
output outgoingAddress string = privateNetwork ? network!.outputs.outgoingAddress : ''
