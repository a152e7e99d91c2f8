import { baseStage, environmentLine, namedLastStage, quoted, words } from './dockerfileSyntax.ts'
import { environmentFolder, environmentKind } from './environmentFiles.ts'
import {
  appRoot,
  type ImageModel,
  modelDirectory,
  modelsFolder,
  type ScoringImageSpec,
  scoringPort,
  scoringUser,
} from './scoringImageSpec.ts'

/** Where things are in a build context; a Dockerfile of the user's may have files of its own beside this folder. */
export const contextFolder = 'azureml-cd'

/** The label that tells which build context an image was built from. */
export const contextLabel = 'azureml-cd.context'

const packagesStage = 'azureml-cd-packages'

/**
 * The Dockerfile of a scoring image. What changes least stands first, so that a new version of a model rebuilds its
 * own layer only; what only the build needs (certificates, build arguments, caches of packages) is in a stage of its
 * own, of which the environment alone goes on.
 */
export function dockerfile(spec: ScoringImageSpec): string {
  const base = baseLines(spec)
  const kind = environmentKind(spec.packages)
  return [
    ...base.lines,
    '',
    ...(kind === undefined ? [] : [...packageLines(spec, base.stage, kind), '']),
    `FROM ${base.stage}`,
    'USER 0',
    ...certificateLines(spec),
    ...environmentLines(spec),
    ...Object.entries(spec.variables).map(([name, value]) => environmentLine(name, value)),
    ...(spec.extraSteps === undefined
      ? []
      : [
          '# The steps of the inference configuration.',
          spec.extraSteps.replaceAll(/\r\n?/g, '\n').trimEnd(),
          'USER 0',
        ]),
    `WORKDIR ${appRoot}`,
    words('COPY', [`${contextFolder}/source/`, `${appRoot}/`], `--chown=${scoringUser}`),
    ...modelLines(spec.models),
    ...servingLines(spec),
    '',
  ].join('\n')
}

/** The models' layers, and the variable that leads to them. */
export function modelLines(models: readonly ImageModel[]): readonly string[] {
  const directory = modelDirectory(models)
  return [
    ...models.map(({ name, version }) =>
      words('COPY', [`${contextFolder}/models/${name}/${version}/`, `${modelsFolder}/${name}/${version}/`]),
    ),
    ...(directory === undefined ? [] : [`ENV AZUREML_MODEL_DIR=${quoted(directory)}`]),
  ]
}

function baseLines({ base }: ScoringImageSpec): { readonly lines: readonly string[]; readonly stage: string } {
  if (base.kind === 'image') return { lines: [`FROM ${base.image} AS ${baseStage}`], stage: baseStage }
  const { text, stage } = namedLastStage(base.text)
  return { lines: [text], stage }
}

function packageLines(spec: ScoringImageSpec, base: string, kind: string): readonly string[] {
  return [
    `FROM ${base} AS ${packagesStage}`,
    'USER 0',
    ...spec.buildArguments.filter((name) => !predefined.has(name.toUpperCase())).map((name) => `ARG ${name}`),
    words('COPY', [`${contextFolder}/environment/`, `/tmp/${contextFolder}/`]),
    words('RUN', ['sh', `/tmp/${contextFolder}/make_environment.sh`, environmentFolder, kind]),
  ]
}

/** Docker knows these by itself, and keeps them out of the history of an image. */
const predefined = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'])

const trust =
  'if command -v update-ca-certificates >/dev/null 2>&1; then update-ca-certificates; else mkdir -p /etc/ssl/certs && cat /usr/local/share/ca-certificates/azureml-cd.crt >>/etc/ssl/certs/ca-certificates.crt; fi'

function certificateLines({ certificates, keepCertificates }: ScoringImageSpec): readonly string[] {
  if (certificates === undefined || !keepCertificates) return []
  const bundle = '/etc/ssl/certs/ca-certificates.crt'
  return [
    words('COPY', [`${contextFolder}/certificates.pem`, '/usr/local/share/ca-certificates/azureml-cd.crt']),
    words('RUN', ['sh', '-c', trust]),
    `ENV SSL_CERT_FILE=${bundle} REQUESTS_CA_BUNDLE=${bundle}`,
  ]
}

function environmentLines({ packages }: ScoringImageSpec): readonly string[] {
  const { kind } = packages
  if (kind === 'user-managed') return []
  const libraries =
    kind === 'conda'
      ? [
          `ENV AZUREML_CONDA_ENVIRONMENT_PATH=${environmentFolder} CONDA_DEFAULT_ENV=${environmentFolder}`,
          // Packages of conda bring libraries that a base image may have in another version.
          `ENV LD_LIBRARY_PATH="${environmentFolder}/lib:$LD_LIBRARY_PATH"`,
        ]
      : []
  return [
    words('COPY', [`${environmentFolder}/`, `${environmentFolder}/`], `--from=${packagesStage}`),
    `ENV PATH="${environmentFolder}/bin:$PATH"`,
    ...libraries,
  ]
}

function servingLines(spec: ScoringImageSpec): readonly string[] {
  const variables = {
    AML_APP_ROOT: appRoot,
    AZUREML_ENTRY_SCRIPT: spec.entryScript,
    HOME: '/tmp',
    PYTHONUNBUFFERED: '1',
  }
  const { packages } = spec
  const server =
    packages.kind === 'user-managed'
      ? [packages.interpreter ?? 'python', '-c', 'from azureml_inference_server_http.amlserver import run; run()']
      : [`${environmentFolder}/bin/azmlinfsrv`]
  const check =
    packages.kind === 'user-managed'
      ? [words('RUN', [packages.interpreter ?? 'python', '-c', 'import azureml_inference_server_http'])]
      : []
  return [
    ...check,
    `ENV ${Object.entries(variables)
      .map(([name, value]) => `${name}=${quoted(value)}`)
      .join(' ')}`,
    `EXPOSE ${scoringPort}`,
    `USER ${scoringUser}`,
    words('CMD', [...server, '--entry_script', `${appRoot}/${spec.entryScript}`, '--port', String(scoringPort)]),
  ]
}
