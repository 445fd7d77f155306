// The production environment: two instances that are always ready, in two zones, a fixed outgoing address, 90 days of logs.
using 'main.bicep'

param name = 'obo-bridge'
param tags = { environment: 'production' }
param alwaysReady = 2
param zoneRedundant = true
param privateNetwork = true
param logRetentionDays = 90
param operatorMail = ''

// After deploy/2-entra-apps.sh has made the two apps, it prints these two lines:
param serviceAppId = ''
param allowedClients = ''

// After Workday is set up (docs/workday.md). No secrets here: deploy/3-secrets.sh.
param bridgeSettings = {}
