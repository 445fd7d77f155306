// The production environment: two instances that are always ready, in two zones, a fixed outgoing address, 90 days of logs.
using 'main.bicep'

param name = '<name>' // of the function app: lower-case letters, digits and hyphens, free in all of Azure (https://NAME.azurewebsites.net)
param tags = { environment: 'production' }
param alwaysReady = 2
param zoneRedundant = true
param privateNetwork = true
param administratorAddresses = [] // your public IP address, as long as you run deploy/3-secrets.sh from outside the network
param logRetentionDays = 90
param operatorMail = ''
param operatorsGroupId = '' // object id of the group of people who run the bridge: they may pause writes before an update

// After deploy/2-entra-apps.sh has made the two apps, it prints these two lines:
param serviceAppId = ''
param allowedClients = ''

// After Workday is set up (docs/workday.md). No secrets here: deploy/3-secrets.sh.
param bridgeSettings = {}
