import { z } from 'zod'
import { endpointName, modelName } from '../config/names.ts'
import { InputError } from '../errors.ts'
import { checkedText, choice, flag, optional, pairs, path, text } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { cell } from '../rollout/probes.ts'
import { parseModelId } from '../workspace/modelId.ts'
import { readService, servedFirst } from '../workspace/service.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import {
  measuredServed,
  metricFaults,
  metricInputs,
  metricProperty,
  numbersOf,
  requireMetrics,
} from './metricInputs.ts'
import { modelSource } from './modelSource.ts'
import { assetVersion, registerVersion } from './newVersion.ts'
import { provenanceTags } from './provenanceTags.ts'
import { findUnchanged } from './unchanged.ts'
import { wantedModel } from './wantedModel.ts'

const modelTypes = { custom: 'custom_model', mlflow: 'mlflow_model', triton: 'triton_model' } as const

export const register = defineOperation({
  name: 'register',
  title: 'Register a model',
  summary:
    'Register a file, a folder or the output of a job as a new model version, unless that content already is one.',
  inputs: {
    ...workspaceInputs,
    name: optional(checkedText(modelName, 'Name of the model. Required, here or in the model file.')),
    path: optional(
      path(
        'What to register: a file, a folder, or where it already is: azureml://jobs/RUN/outputs/…, runs:/RUN/…, azureml://datastores/… Required, here or in the model file.',
      ),
    ),
    modelFile: optional(
      path(
        'Model of v2 (YAML of az ml): name, path, version, type, description, tags, properties. Inputs count before it.',
      ),
    ),
    version: optional(checkedText(assetVersion, 'Version to register as. Default: the next one.', 'VERSION')),
    type: choice(['custom', 'mlflow', 'triton'], 'Kind of model.'),
    whenUnchanged: choice(
      ['any-version', 'latest-version', 'always-new'],
      'When the content is registered already: take any active version that has it, only the latest, or register it again.',
    ),
    description: optional(text('Description of the version.')),
    tags: pairs('Tags of the version.'),
    properties: pairs('Properties of the version; they cannot be changed later.'),
    metrics: pairs('Metrics of the version, such as rmse=54.3; later versions can be held to be better.'),
    ...metricInputs,
    service: optional(checkedText(endpointName, 'Service whose version better-metrics compares with.')),
    framework: optional(text('Framework the model was made with, such as ScikitLearn or Onnx.')),
    frameworkVersion: optional(text('Version of the framework.')),
    datastore: optional(text('Datastore to upload to. Default: the workspace’s default.', 'NAME')),
    dryRun: flag('Print what would be done and change nothing.'),
  },
  outputs: {
    modelName: z.string().describe('Name of the model.'),
    modelVersion: z.string().describe('The version that has this content; empty when it is only planned.'),
    modelId: z.string().describe('Its ARM id.'),
    changed: z.boolean().describe('Whether a version was registered.'),
    digest: z.string().describe('The content digest, SHA-256 in hexadecimal.'),
    uploadedBytes: z.number().describe('Bytes that were sent.'),
  },
  rules: ({ name, path: from, modelFile, framework, frameworkVersion, service, ...metrics }) => [
    ...(modelFile === undefined && name === undefined
      ? [{ key: 'name' as const, fault: 'is required, or a model file that says it' }]
      : []),
    ...(modelFile === undefined && from === undefined
      ? [{ key: 'path' as const, fault: 'is required, or a model file that says it' }]
      : []),
    ...(frameworkVersion !== undefined && framework === undefined
      ? [{ key: 'frameworkVersion' as const, fault: 'needs a framework as well' }]
      : []),
    ...(Object.keys(metrics.betterMetrics ?? {}).length > 0 && service === undefined
      ? [{ key: 'betterMetrics' as const, fault: 'need a service as well, whose version is to be beaten' }]
      : []),
    ...metricFaults(metrics),
  ],
  async run({ host, workspace }, given) {
    const inputs = { ...given, ...(await wantedModel(host, given)) }
    const { name, version, whenUnchanged, dryRun, service } = inputs
    await requireMetrics({
      ...{ host, inputs, candidate: { label: name, metrics: numbersOf(inputs.metrics) } },
      served: async () => {
        const found = service === undefined ? undefined : await readService(workspace, service)
        const model = found && servedFirst(found)[0]?.model
        return measuredServed(workspace, model === undefined ? undefined : parseModelId(model))
      },
      outputs: { modelName: name, changed: false },
    })
    const source = await modelSource({
      workspace,
      host,
      path: inputs.path,
      type: inputs.type,
      datastore: inputs.datastore,
      name,
    })
    const unchanged = await findUnchanged({ workspace, name, version, whenUnchanged, source })
    if (unchanged) {
      await host.summary(
        `The content of **${cell(name)}** is registered already as version **${cell(unchanged.version)}**; nothing was changed.`,
      )
      return {
        modelName: name,
        modelVersion: unchanged.version,
        modelId: unchanged.id,
        changed: false,
        digest: await source.digest(),
        uploadedBytes: 0,
      }
    }
    if (dryRun) {
      host.log.info(
        `Would register ${source.description} as ${version === undefined ? 'the next version' : `version ${version}`} of ${name}.`,
      )
      return { modelName: name, modelVersion: version ?? '', modelId: '', changed: false, digest: '', uploadedBytes: 0 }
    }
    const placed = await host.group(`Register ${name} from ${inputs.path}`, () => source.place())
    const { framework, frameworkVersion } = inputs
    const made = await registerVersion({
      ...{ workspace, whenUnchanged, wanted: version },
      model: {
        ...{
          name,
          uri: placed.uri,
          type: modelTypes[inputs.type],
          description: inputs.description,
          tags: inputs.tags,
          jobName: placed.jobName,
        },
        properties: {
          ...(framework === undefined ? {} : { framework }),
          ...(frameworkVersion === undefined ? {} : { frameworkVersion }),
          ...inputs.properties,
          ...Object.fromEntries(Object.entries(inputs.metrics).map(([metric, text]) => [metricProperty(metric), text])),
          ...(await provenanceTags(host)),
          ...placed.properties,
        },
      },
    })
    if (made.kind === 'taken')
      throw new InputError(
        `Version "${version}" of the model "${name}" exists already with other content; versions are never overwritten.`,
      )
    const { version: registered } = made
    await host.summary(
      made.kind === 'created'
        ? `Registered **${cell(name)}** version **${cell(registered.version)}**.`
        : `The content of **${cell(name)}** was registered at the same moment as version **${cell(registered.version)}**.`,
    )
    return {
      ...{ modelName: name, modelVersion: registered.version, modelId: registered.id },
      ...{ changed: made.kind === 'created', digest: placed.digest, uploadedBytes: placed.uploadedBytes },
    }
  },
})
