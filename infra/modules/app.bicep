// The Flex Consumption plan, the function app, and all of its settings: a setting that is not named here is not there.
param name string
param location string
param tags object
param identityId string
param identityClientId string
param storageBlobEndpoint string
param storageTableEndpoint string
param packageContainer string
param insightsConnectionString string
param subnetId string
param zoneRedundant bool
param pythonVersion string
param instanceMemoryMB int
param maximumInstanceCount int
param httpConcurrency int
param threads int
param alwaysReady int
param vaultUri string
param serviceAppId string
param allowedClients string
param cloud string
param bridgeSettings object
param secretSettings object
param signing object
param planName string

var platformSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: storageBlobEndpoint
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  PYTHON_THREADPOOL_THREAD_COUNT: string(threads)
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1048576' // the bridge takes 256 KB; the platform's default is 100 MB
}
var entraSettings = empty(serviceAppId) ? {} : {
  BRIDGE_ENTRA__TENANT_ID: tenant().tenantId
  BRIDGE_ENTRA__CLIENT_ID: serviceAppId
  BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID: identityClientId
  BRIDGE_ENTRA__ALLOWED_CLIENTS: allowedClients
  BRIDGE_ENTRA__CLOUD: cloud
}
var references = toObject(items(secretSettings), entry => entry.key, entry => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${entry.value}/)')

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
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: { minTlsVersion: '1.2', scmMinTlsVersion: '1.2', http20Enabled: true }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storageBlobEndpoint}${packageContainer}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'python', version: pythonVersion }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
        alwaysReady: alwaysReady > 0 ? [{ name: 'http', instanceCount: alwaysReady }] : []
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: union(platformSettings, entraSettings, {
    BRIDGE_LEDGER__TABLE_URL: '${storageTableEndpoint}ledger'
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
