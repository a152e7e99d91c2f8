import type Docker from 'dockerode'
import { UserError } from '../errors.ts'
import { isNotFound } from './dockerEngine.ts'
import { emptyImage } from './emptyImage.ts'
import { hostPythonMounts, type ReadOnlyMount } from './hostPython.ts'
import { imagePython } from './imagePython.ts'
import type { Python } from './python.ts'

/** What a scoring server's container is made from. */
export interface ScoringImage {
  readonly name: string
  /** The path of Python in the container. */
  readonly python: string
  readonly mounts: readonly ReadOnlyMount[]
  /** For the log, when the image is not the one that was asked for. */
  readonly note?: string
}

/**
 * The image that was asked for when it is on this machine, or may be pulled; otherwise an empty one with this machine's
 * own Python mounted into it. Throws `UserError` where that cannot work.
 */
export async function scoringImage(wanted: {
  readonly engine: Docker
  readonly image: string | undefined
  /** This machine's. */
  readonly python: () => Promise<Python>
  readonly pull: boolean
}): Promise<ScoringImage> {
  const { engine, image } = wanted
  if (image !== undefined) {
    if (wanted.pull && !(await isHere(engine, image))) await pull(engine, image)
    if (await isHere(engine, image)) {
      const python = await imagePython(engine, image)
      if (python !== undefined) return { name: image, python, mounts: [] }
      throw new UserError(`The image ${image} holds no Python: neither python nor python3 is in its PATH.`)
    }
  }
  const why = image === undefined ? 'No image is named' : `The image ${image} is not on this machine`
  if (process.platform !== 'linux')
    throw new UserError(`${why}, and this machine's own Python cannot run in a Linux container.`, {
      hint: image === undefined ? 'Name an image in the environment.' : `Run "docker pull ${image}" first.`,
    })
  const python = await wanted.python()
  return {
    name: await emptyImage(engine),
    python: python.executable,
    mounts: hostPythonMounts(python),
    note: `${why}; this machine's own Python ${python.version} is mounted into an empty container instead.`,
  }
}

async function isHere(engine: Docker, image: string): Promise<boolean> {
  try {
    await engine.getImage(image).inspect()
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function pull(engine: Docker, image: string): Promise<void> {
  try {
    const progress = await engine.pull(image)
    await new Promise<void>((resolve, reject) =>
      engine.modem.followProgress(progress, (failure: Error | null) => (failure ? reject(failure) : resolve())),
    )
  } catch (cause) {
    throw new UserError(`The image ${image} could not be pulled: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}
