// The Flex Consumption plan, the function app, and all of its settings: a deployment removes every other setting.
param name string
param location string
param tags object
param identityName string
param insightsName string
param storageAccountName string
param keyVaultName string
param subnetId string
param zoneRedundant bool
param pythonVersion string
param instanceMemoryMB int
param maximumInstanceCount int
param httpConcurrency int
param threads int
param alwaysReady int
param updateStrategy string
param serviceAppId string
param allowedClients string
param cloud string
param bridgeSettings object
param secretSettings object
param signing object
param planName string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

var blobEndpoint = 'https://${storageAccountName}.blob.${environment().suffixes.storage}/'
var platformSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.properties.clientId
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
  PYTHON_THREADPOOL_THREAD_COUNT: string(threads)
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1048576' // the bridge takes 256 KB; the platform's default is 100 MB
}
var entraSettings = empty(serviceAppId) ? {} : {
  BRIDGE_ENTRA__TENANT_ID: tenant().tenantId
  BRIDGE_ENTRA__CLIENT_ID: serviceAppId
  BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID: identity.properties.clientId
  BRIDGE_ENTRA__ALLOWED_CLIENTS: allowedClients
  BRIDGE_ENTRA__CLOUD: cloud
}
var references = toObject(items(secretSettings), entry => entry.key, entry => '@Microsoft.KeyVault(SecretUri=https://${keyVaultName}${environment().suffixes.keyvaultDns}/secrets/${entry.value}/)')

var keyIds = toObject(items(signing), entry => 'BRIDGE_SYSTEMS__${toUpper(entry.key)}__SAML__KEY_VAULT_KEY_ID', entry => entry.value.keyId)
var certificates = toObject(items(signing), entry => 'BRIDGE_SYSTEMS__${toUpper(entry.key)}__SAML__CERTIFICATE', entry => entry.value.certificate)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'bridge' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: { minTlsVersion: '1.2', scmMinTlsVersion: '1.2', http20Enabled: true }
    // siteUpdateStrategy is documented (Microsoft Learn: site update strategies in Flex Consumption), but missing in the
    // published resource types: any() keeps this one property from being checked.
    functionAppConfig: union(any({ siteUpdateStrategy: { type: updateStrategy } }), {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobEndpoint}app-package'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      runtime: { name: 'python', version: pythonVersion }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
        alwaysReady: alwaysReady > 0 ? [{ name: 'http', instanceCount: alwaysReady }] : []
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    })
  }
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: union(platformSettings, entraSettings, {
    BRIDGE_LEDGER__TABLE_URL: 'https://${storageAccountName}.table.${environment().suffixes.storage}/ledger'
  }, bridgeSettings, references, keyIds, certificates)
}

resource publishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = [for kind in ['scm', 'ftp']: {
  parent: site
  name: kind
  properties: { allow: false }
}]

// Easy Auth stays off: the bridge validates the token itself.
resource easyAuth 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'authsettingsV2'
  properties: { platform: { enabled: false } }
}

output host string = site.properties.defaultHostName
