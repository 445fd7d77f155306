// The test environment: no instance always runs, endpoints are public behind identities. Copy it and change the values.
using 'main.bicep'

param name = '<name>' // of the function app: lower-case letters, digits and hyphens, free in all of Azure (https://NAME.azurewebsites.net)
param tags = { environment: 'test' }
param logRetentionDays = 30
param operatorMail = ''
param operatorsGroupId = '' // object id of the group of people who run the bridge: they may pause writes before an update

// After deploy/2-entra-apps.sh has made the two apps, it prints these two lines:
param serviceAppId = ''
param allowedClients = ''

// After Workday is set up (docs/workday.md). No secrets here: deploy/3-secrets.sh.
param bridgeSettings = {}
