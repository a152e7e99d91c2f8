import type { ImageRegistry } from '../config/imageEnvironment.ts'

/** A file of this machine, and where it belongs below the folder it is one of. */
export interface ImageFile {
  /** Relative, with slashes. */
  readonly path: string
  readonly absolutePath: string
  /** Bytes. */
  readonly size: number
}

/** A model as it is laid out in an image: `azureml-models/<name>/<version>/<path of each file>`. */
export interface ImageModel {
  readonly name: string
  readonly version: string
  /** The paths begin with the name of the registered file or folder. */
  readonly files: readonly ImageFile[]
}

/** What an image begins with; every file is read already. */
export type ImageBeginning =
  | { readonly kind: 'image'; readonly image: string; readonly registry: ImageRegistry | undefined }
  /** `context` are the files its COPY instructions may name. */
  | { readonly kind: 'dockerfile'; readonly text: string; readonly context: readonly ImageFile[] }

/** The Python of an image; every file is read already. */
export type ImagePackages =
  /** What the base image has, and the server when it lacks that. */
  | { readonly kind: 'of-base' }
  /** What the base image has and nothing else: `interpreter` is its Python. */
  | { readonly kind: 'user-managed'; readonly interpreter: string | undefined }
  | { readonly kind: 'conda'; readonly content: Readonly<Record<string, unknown>> }
  | { readonly kind: 'pip'; readonly requirements: string }

/** Everything a scoring image is made of. Equal specs make equal build contexts, on any machine and at any time. */
export interface ScoringImageSpec {
  readonly base: ImageBeginning
  readonly packages: ImagePackages
  readonly variables: Readonly<Record<string, string>>
  /** Lines of a Dockerfile that stand after the packages and before the user's files. */
  readonly extraSteps: string | undefined
  readonly source: readonly ImageFile[]
  /** Relative to the source, with slashes. */
  readonly entryScript: string
  readonly models: readonly ImageModel[]
  /** Certificates in PEM that the build trusts besides those of the base image. */
  readonly certificates: string | undefined
  /** Whether the image itself trusts them too; otherwise nothing of them stays in it. */
  readonly keepCertificates: boolean
  /** Names of build arguments that the packages are installed with, such as PIP_INDEX_URL. None stays in the image. */
  readonly buildArguments: readonly string[]
  /** Whether names of 2019 that newer packages lack are put in their place; see `v1Names.ts`. */
  readonly v1Names: boolean
}

/** The folder the server runs in: entry script, source and `azureml-models` are in it. */
export const appRoot = '/var/azureml-app'

/** Where models are in an image. */
export const modelsFolder = `${appRoot}/azureml-models`

/** The port scoring images listen on. */
export const scoringPort = 5001

/** Who the server runs as; a number, because a base image may know no names. */
export const scoringUser = '1000:1000'

/** With one model the folder of its version, with several the folder of all; undefined with none (v1-surface.md 4.7). */
export function modelDirectory(models: readonly Pick<ImageModel, 'name' | 'version'>[]): string | undefined {
  const [first, ...more] = models
  if (first === undefined) return undefined
  return more.length > 0 ? modelsFolder : `${modelsFolder}/${first.name}/${first.version}`
}
