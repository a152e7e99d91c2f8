// In the workspace's resource group: its events as a topic, and the relay's right to read models and to write on a
// version what it started.
@description('The ARM id of the workspace.')
param workspaceId string

param location string
param topicName string

@description('The identity of the relay.')
param relayPrincipalId string

var workspaceName = last(split(workspaceId, '/'))

resource workspace 'Microsoft.MachineLearningServices/workspaces@2023-04-01' existing = {
  name: workspaceName
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: topicName
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: workspaceId
    topicType: 'Microsoft.MachineLearningServices.Workspaces'
  }
}

// No built-in role is as small: AzureML Data Scientist may run jobs and deploy.
resource relayRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'azureml-cd relay')
  properties: {
    roleName: 'azureml-cd relay (${resourceGroup().name})'
    description: 'Reads models and what is served, and writes tags of model versions.'
    type: 'CustomRole'
    assignableScopes: [
      resourceGroup().id
    ]
    permissions: [
      {
        actions: [
          'Microsoft.MachineLearningServices/workspaces/read'
          'Microsoft.MachineLearningServices/workspaces/models/read'
          'Microsoft.MachineLearningServices/workspaces/models/versions/read'
          'Microsoft.MachineLearningServices/workspaces/models/versions/write'
          'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read'
          'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/read'
        ]
        notActions: []
      }
    ]
  }
}

resource relayMayRead 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(workspace.id, relayPrincipalId, relayRole.id)
  scope: workspace
  properties: {
    roleDefinitionId: relayRole.id
    principalId: relayPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output topicPrincipalId string = topic.identity.principalId
