const root = '/_emulator/page'

/** There is no session, or it has ended. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
}

/** What the workspace answers; throws `SignedOut`, or an error with its words. */
export async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(`${root}/${path}`, { credentials: 'same-origin', signal: AbortSignal.timeout(10_000) })
  if (answer.status === 401) throw new SignedOut()
  if (!answer.ok) throw new Error(await wordsOf(answer))
  return answer.json()
}

/** Throws an error with the workspace's words when the token is not its own. */
export async function signIn(token: string): Promise<void> {
  const answer = await fetch(`${root}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  if (!answer.ok) throw new Error(await wordsOf(answer))
}

export async function signOut(): Promise<void> {
  await fetch(`${root}/session`, { method: 'DELETE' })
}

async function wordsOf(answer: Response): Promise<string> {
  const body: { readonly error?: { readonly message?: string } } = await answer.json().catch(() => ({}))
  return body.error?.message ?? `The workspace answered ${answer.status}.`
}
