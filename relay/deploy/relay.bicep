// The relay in Azure: a function app that Event Grid delivers to, its storage with a container for what could not be
// delivered, a key vault for the secrets of destinations, and a subscription to the workspace's events.
//
//   az deployment group create --resource-group RELAY --template-file relay/deploy/relay.bicep \
//     --parameters workspaceId=/subscriptions/…
//
// The code, and the rules with it, is published between two deployments: Event Grid subscribes to a function that is
// there, so the first one is made with functionIsPublished=false and the second with true: docs/triggers/setup.md.
targetScope = 'resourceGroup'

@description('The ARM id of the workspace whose models start pipelines.')
param workspaceId string

@description('Begins the names of what is created: 3 to 11 lower-case letters and digits.')
@minLength(3)
@maxLength(11)
param prefix string = 'azuremlcd'

@description('Where everything but the system topic is created. The topic is created where the workspace is.')
param location string = resourceGroup().location

@description('The region of the workspace, because a system topic lives beside its source.')
param workspaceLocation string = location

@description('Whether the code was published; only then can Event Grid subscribe to the function.')
param functionIsPublished bool = false

@description('When every model is looked at, whatever was told; as timers of Azure Functions are written.')
param sweepSchedule string = '0 */15 * * * *'

@description('Whether a service that serves something else than was started for it is given that again.')
param heal bool = false

@description('Names of secrets in the key vault, by the setting that the relay reads them from: what destinations name with fromEnvironment, AZUREML_CD_RELAY_STATUS_TOKEN for the page and the metrics, AZUREML_CD_RELAY_MLFLOW_SECRET and AZUREML_CD_RELAY_DATABRICKS_SECRET for webhooks of those registries, AZUREML_CD_RELAY_KEY for events by webhook, AZUREML_CD_LEDGER_CONNECTION_STRING for a ledger in another account.')
param secrets object = {}

@description('More settings: AZUREML_CD_RELAY_MLFLOW_WORKSPACE and AZUREML_CD_RELAY_DATABRICKS_WORKSPACE, the workspaces that webhooks are news of; AZUREML_CD_RELAY_ENTRA_TENANT, AZUREML_CD_RELAY_ENTRA_AUDIENCE, AZUREML_CD_RELAY_ENTRA_CALLERS and AZUREML_CD_RELAY_ENTRA_AUTHORITY_HOST for events by webhook with a token of Entra; AZUREML_CD_RELAY_RULES for rules elsewhere than in the app; OTEL_EXPORTER_OTLP_ENDPOINT for metrics.')
param moreSettings object = {}

@description('How many instances may run at the same time.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

var suffix = uniqueString(resourceGroup().id, workspaceId)
var storageName = toLower('${prefix}${suffix}')
var appName = '${prefix}-relay-${suffix}'
var vaultName = take('${prefix}-${suffix}', 24)
var workspaceParts = split(workspaceId, '/')

// Built-in roles, by the ids that Azure gives them in every tenant.
var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var storageBlobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: storageName
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    // Nobody signs in with the account's keys: neither the app nor Event Grid needs them.
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    defaultToOAuthAuthentication: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 30
    }
  }
}

resource code 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'code'
  properties: {
    publicAccess: 'None'
  }
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'dead-letters'
  properties: {
    publicAccess: 'None'
  }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: vaultName
  location: location
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
  }
}

resource plan 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: '${appName}-plan'
  location: location
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2023-12-01' = {
  name: appName
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: 'SystemAssigned'
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}code'
          authentication: {
            type: 'SystemAssignedIdentity'
          }
        }
      }
      runtime: {
        name: 'node'
        version: '22'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstances
      }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2023-12-01' = {
  parent: app
  name: 'appsettings'
  properties: union(
    {
      AzureWebJobsStorage__accountName: storage.name
      AZUREML_CD_RELAY_WORKSPACES: workspaceId
      AZUREML_CD_RELAY_SWEEP_SCHEDULE: sweepSchedule
      AZUREML_CD_RELAY_HEAL: heal ? 'true' : 'false'
      AZUREML_CD_LEDGER: '${storage.properties.primaryEndpoints.table}ledger'
      AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
      // The relay has a page of its own there.
      AzureWebJobsDisableHomepage: 'true'
    },
    moreSettings,
    toObject(
      items(secrets),
      item => item.key,
      item => '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=${item.value})'
    )
  )
}

// The Functions host keeps its own leases and keys in blobs and must own them; the ledger is in tables.
resource appOwnsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, appName, storageBlobDataOwner)
  scope: storage
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataOwner)
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

resource appWritesTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, appName, storageTableDataContributor)
  scope: storage
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageTableDataContributor)
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

resource appReadsSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appName, keyVaultSecretsUser)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsUser)
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

// The workspace may be in another resource group or subscription than the relay.
module events 'workspaceEvents.bicep' = {
  name: '${appName}-events'
  scope: resourceGroup(workspaceParts[2], workspaceParts[4])
  params: {
    workspaceId: workspaceId
    location: workspaceLocation
    topicName: '${prefix}-models-${suffix}'
    relayPrincipalId: app.identity.principalId
  }
}

resource topicWritesDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(deadLetters.id, workspaceId, storageBlobDataContributor)
  scope: deadLetters
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataContributor)
    principalId: events.outputs.topicPrincipalId
    principalType: 'ServicePrincipal'
  }
}

module delivery 'delivery.bicep' = if (functionIsPublished) {
  name: '${appName}-delivery'
  scope: resourceGroup(workspaceParts[2], workspaceParts[4])
  params: {
    topicName: '${prefix}-models-${suffix}'
    functionId: '${app.id}/functions/modelRegistered'
    storageId: storage.id
    deadLetterContainer: 'dead-letters'
  }
  dependsOn: [
    topicWritesDeadLetters
  ]
}

output appName string = app.name
output keyVaultName string = vault.name
output relayUrl string = 'https://${app.properties.defaultHostName}'
