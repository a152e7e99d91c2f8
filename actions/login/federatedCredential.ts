/** What a token of GitHub's says of itself, as far as Entra compares it. */
export interface TokenClaims {
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  readonly workflow: string | undefined
  readonly environment: string | undefined
}

/** `repo:OWNER@ID/NAME@ID:…`, as repositories made, renamed or transferred since 15 July 2026 say it. */
const immutableSubject = /^repo:[^/@:]+@\d+\/[^/@:]+@\d+:/

/** What the token really says, and the one federated credential that would be like it. */
export function federatedCredentialAdvice(clientId: string, claims: TokenClaims): string {
  const { issuer, subject, audience, workflow, environment } = claims
  const credential = { name: nameOf(subject), issuer, subject, audiences: [audience] }
  return [
    "This job's token says:",
    `  issuer:   ${issuer}`,
    `  subject:  ${subject}`,
    `  audience: ${audience}`,
    ...(workflow === undefined ? [] : [`  workflow: ${workflow} (not compared)`]),
    'Create this federated credential on the application, by someone who may change it:',
    `  az ad app federated-credential create --id ${clientId} --parameters '${JSON.stringify(credential)}'`,
    immutableSubject.test(subject)
      ? 'The subject carries the ids of owner and repository, as those of repositories made, renamed or transferred since 15 July 2026 do; a credential with the names alone does not match it.'
      : 'Entra compares letter by letter, upper and lower case too.',
    environment === undefined
      ? 'Jobs with an `environment:` have another subject, and need a credential for each environment.'
      : `Jobs without the environment ${environment} have another subject, and need a credential of their own.`,
  ].join('\n')
}

/** A name that Entra takes: 3 to 120 letters, digits, dashes and underscores. */
function nameOf(subject: string): string {
  return `github-${subject
    .replace(/^repo:/, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 100)
    .replace(/-+$/, '')}`
}
