import boot from './scoring_server/boot.py'
import httpServer from './scoring_server/http_server.py'
import inferenceServer from './scoring_server/inference_server.py'
import lifeline from './scoring_server/lifeline.py'
import log from './scoring_server/log.py'
import main from './scoring_server/main.py'
import messages from './scoring_server/messages.py'
import routes from './scoring_server/routes.py'
import settings from './scoring_server/settings.py'
import standIn from './scoring_server/stand_in.py'
import swagger from './scoring_server/swagger.py'
import userScript from './scoring_server/user_script.py'
import worker from './scoring_server/worker.py'

/** `auto` is azureml-inference-server-http where the Python has it, else the stand-in. */
export type ServerChoice = 'auto' | 'stand-in'

/** Python's arguments. Unbuffered, so that the last words of a server that dies are in the log. */
export const serverArguments: readonly string[] = ['-u', '-c', boot]

/**
 * The line a server reads from its standard input before anything else: its own program, and where to listen.
 * Standard input must then stay open as long as the server shall live.
 */
export function serverProgram(order: {
  readonly server: ServerChoice
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
  /** A file descriptor that is told the port as `{"port": …}`, then closed. */
  readonly reportTo?: number
}): string {
  const sources = {
    http_server: httpServer,
    inference_server: inferenceServer,
    lifeline,
    log,
    main,
    messages,
    routes,
    settings,
    stand_in: standIn,
    swagger,
    user_script: userScript,
    worker,
  }
  const modules = Object.fromEntries(
    Object.entries(sources).map(([name, source]) => [`scoring_server.${name}`, source] as const),
  )
  return `${JSON.stringify({ ...order, graceSeconds: 2, modules })}\n`
}
