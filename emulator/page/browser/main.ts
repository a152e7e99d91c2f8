import type { Snapshot } from '../snapshot.ts'
import { announcer } from './announcer.ts'
import { ask, SignedOut, signIn, signOut } from './ask.ts'
import { byId, setText } from './element.ts'
import { Logs } from './logs.ts'
import { models } from './models.ts'
import { clockText } from './moment.ts'
import { services } from './services.ts'
import { timeline } from './timeline.ts'

const everyMilliseconds = 1_000

const showServices = services()
const showModels = models()
const showTimeline = timeline()
const announce = announcer()
const logs = new Logs()
const connection = byId('connection')
let next: ReturnType<typeof setTimeout> | undefined

function show(snapshot: Snapshot): void {
  const { name, resourceGroup, subscriptionId, runtime } = snapshot.workspace
  setText(byId('workspace'), name)
  const way = runtime === 'docker' ? 'deployments run in Docker' : 'deployments run as processes'
  setText(byId('place'), `Embedded workspace in ${resourceGroup}`)
  setText(byId('way'), ` · ${way}`)
  byId('place').title = `Subscription ${subscriptionId}`
  document.title = `${name} · embedded workspace`
  showServices(snapshot.services)
  showModels(snapshot.models)
  showTimeline(snapshot)
  logs.offer(snapshot.services)
  announce(snapshot.events)
}

/** Which of the two faces the page shows; what is hidden cannot be reached by key either. */
function setSignedIn(isSignedIn: boolean): void {
  const wasForm = !byId('sign-in').hidden
  byId('sign-in').hidden = isSignedIn
  for (const id of ['content', 'sections', 'sign-out']) byId(id).hidden = !isSignedIn
  if (!isSignedIn && !wasForm) byId('token').focus()
}

async function refresh(): Promise<void> {
  clearTimeout(next)
  try {
    const snapshot = await ask<Snapshot>('snapshot')
    setSignedIn(true)
    show(snapshot)
    await logs.read()
    connection.dataset.tone = 'good'
    setText(connection, 'Live')
    connection.title = `As of ${clockText(snapshot.at)}`
  } catch (error) {
    if (error instanceof SignedOut) {
      setSignedIn(false)
      setText(connection, '')
      return
    }
    connection.dataset.tone = 'bad'
    setText(connection, 'Not connected; trying again')
  }
  // A page that nobody sees asks for nothing.
  if (!document.hidden) next = setTimeout(refresh, everyMilliseconds)
}

byId('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault()
  const token = byId('token', HTMLInputElement)
  try {
    await signIn(token.value.trim())
    token.value = ''
    setText(byId('sign-in-fault'), '')
    await refresh()
    byId('main').focus()
  } catch (error) {
    setText(byId('sign-in-fault'), error instanceof Error ? error.message : String(error))
    token.focus()
  }
})

byId('sign-out').addEventListener('click', async () => {
  clearTimeout(next)
  await signOut()
  setSignedIn(false)
  setText(connection, '')
})

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !byId('content').hidden) void refresh()
})

/** The token comes behind the `#`, which browsers keep to themselves, and goes out of the address at once. */
async function start(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token !== null) {
    history.replaceState(null, '', location.pathname)
    await signIn(token).catch((error: Error) => setText(byId('sign-in-fault'), error.message))
  }
  await refresh()
}

void start()
