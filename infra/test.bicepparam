// The test environment: one instance that may sleep, everything public behind identities. Copy it and change the values.
using 'main.bicep'

param name = 'obo-bridge-test'
param tags = { environment: 'test' }
param logRetentionDays = 30
param operatorMail = ''

// After deploy/2-entra-apps.sh has made the two apps, it prints these two lines:
param serviceAppId = ''
param allowedClients = ''

// After Workday is set up (docs/workday.md). No secrets here: deploy/3-secrets.sh.
param bridgeSettings = {}
