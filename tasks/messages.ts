/**
 * What the tasks say beside what their operations say: the `messages` of every task.json, from which the agent's library
 * reads them where the task runs. `%s` stands for a value.
 */
export const messages = {
  BadInput: 'Bad input; nothing was changed.',
  Refused: 'Refused: the new version did not pass, and what served before serves again.',
  Failed: 'Failed.',
  DoneWithErrors: 'Done, with errors on the way.',
  OutputTooLong: 'The output "%s" is longer than %s bytes, which no variable can hold; it is left out.',
  IssueGoesOn: '%s… (whole in the log)',
  ProxyBypassLost: "These entries of the agent's proxy bypass list are no host names and do not count here: %s",
  ConnectionNotGiven: '%s is required: the service connection to Azure.',
  ConnectionMissing: 'The service connection "%s" is not there for this job.',
  ConnectionMissingHint: 'Check its name, and that this pipeline is allowed to use it.',
  ConnectionLacks: 'The service connection "%s" has no "%s".',
  ConnectionScheme: 'The service connection "%s" signs in by "%s", which does not reach Azure Machine Learning.',
  ConnectionSchemeHint: 'Use workload identity federation, a service principal or a managed identity.',
  ConnectionAddress: 'The service connection "%s" has "%s" for an address.',
  NoJobToken: 'This job has no token of its own, which workload identity federation needs.',
  NoJobTokenHint: 'Run the task in a job of an agent.',
  NoOidcAddress: 'This agent does not know where tokens for workload identity federation are had.',
  NoOidcAddressHint: 'Use an agent from 3.232 on with Azure DevOps Services, or another kind of service connection.',
  FederationNotTrusted:
    'The application %s of tenant %s must trust, as a federated credential, the issuer %s with the subject %s and the audience %s.',
} as const

export type MessageKey = keyof typeof messages
