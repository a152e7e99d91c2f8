import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { putBlob } from '../../emulator/deployable.ts'
import { until } from '../../emulator/until.ts'
import { OwnService } from './ownService.ts'
import { type Ended, WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

/** Scores files with numbers in them; others fail, and some take long. */
const script = `
import os, time

def init():
    pass

def run(mini_batch):
    rows = []
    for path in mini_batch:
        text = open(path).read().strip()
        if text == "long":
            time.sleep(60)
        print("scoring", os.path.basename(path))
        rows.append("%s %d" % (os.path.basename(path), int(text) * 10))
    return rows
`

/** Writes its files itself, as scripts do whose output is no list of rows. */
const writing = `
import os
from pathlib import Path

def init():
    pass

def run(mini_batch):
    folder = Path(os.environ["AZUREML_BI_OUTPUT_PATH"], "inner")
    folder.mkdir(exist_ok=True)
    for path in mini_batch:
        (folder / (Path(path).stem + ".out")).write_text(Path(path).read_text().strip() * 2)
    return mini_batch
`

async function deployed(
  name: string,
  source: string,
  deployment: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const service = await OwnService.create(workspace, name, {
    script: source,
    deployment: {
      ...{ computeType: 'batch', computeTargetName: 'cpu-cluster', maxConcurrentRequestsPerContainer: undefined },
      ...{ errorThreshold: 0, retrySettings: { maxRetries: 0, timeoutSeconds: 120 } },
      ...deployment,
    },
  })
  await workspace.done([
    ...['deploy', '--service', name, '--model', `${name}:${await service.register()}`],
    ...['--inference-config', join(service.folder, 'inferenceconfig.json')],
    ...['--deployment-config', join(service.folder, 'deploymentconfig.json')],
  ])
}

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
  await workspace.client.finished(
    await workspace.client.arm('PUT', 'computes/cpu-cluster', {
      location: 'local',
      properties: { computeType: 'AmlCompute', properties: { vmSize: 'STANDARD_DS3_V2' } },
    }),
  )
  await deployed('scores', script)
  await deployed('writes', writing, { outputAction: 'SummaryOnly' })
})
test.after.always(() => workspace?.close())

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await workspace.folder()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

const invoke = (service: string, input: string, ...more: readonly string[]) => [
  ...['invoke', '--service', service, '--input', input],
  ...more,
]

/** The last error a run told, in one line. */
function errorOf({ stderr }: Ended): string {
  const at = stderr.lastIndexOf('Error: ')
  return at < 0 ? '' : stderr.slice(at).trim()
}

test('a folder of this machine is uploaded once, scored, and its results are brought here', async (t) => {
  const input = await folderOf({ 'a.txt': '1', 'deep/b.txt': '2' })
  const results = join(await workspace.folder(), 'results')
  const run = await workspace.done(invoke('scores', input, '--download', results))
  t.like(run.outputs, { state: 'Completed', uploadedBytes: 2, downloadedFiles: 1 })
  t.is(await readFile(join(results, 'predictions.csv'), 'utf8'), 'a.txt 10\nb.txt 20\n')
  t.regex(
    String(run.outputs.outputUri),
    /^azureml:\/\/datastores\/workspaceblobstore\/paths\/azureml-cd\/batch\/scores\/\w+\/$/,
  )
  t.regex(run.stderr, new RegExp(`The job ${run.outputs.jobName}: Completed`))
  const again = await workspace.done(invoke('scores', input))
  t.like(again.outputs, { state: 'Completed', uploadedBytes: 0, inputUri: run.outputs.inputUri })
  t.not(again.outputs.jobName, run.outputs.jobName)
  t.not(again.outputs.outputUri, run.outputs.outputUri)
})

test('one file, registered data, a place in a datastore and the output of a job are scored where they are', async (t) => {
  const rows = async (input: string, ...more: readonly string[]) => {
    const folder = await workspace.folder()
    const run = await workspace.done(invoke('scores', input, '--download', folder, ...more))
    return { text: await readFile(join(folder, 'predictions.csv'), 'utf8'), run }
  }
  const file = join(await folderOf({ 'c.txt': '3', 'other.txt': 'none' }), 'c.txt')
  t.is((await rows(file)).text, 'c.txt 30\n')

  await putBlob(workspace.client, 'lake/d.txt', '4')
  const store = 'azureml://datastores/workspaceblobstore/paths'
  const { text, run } = await rows(`${store}/lake`)
  t.is(text, 'd.txt 40\n')
  t.is(run.outputs.inputUri, `${workspace.client.workspace}/datastores/workspaceblobstore/paths/lake`)
  t.is((await rows(`${store}/lake/d.txt`)).text, 'd.txt 40\n')
  t.is((await rows(`${workspace.client.workspace}/datastores/workspaceblobstore/paths/lake`)).text, 'd.txt 40\n')

  for (const [version, dataType, dataUri] of [
    ['1', 'uri_file', `${store}/lake/d.txt`],
    ['2', 'uri_folder', `${store}/lake/`],
    ['3', 'mltable', `${store}/lake/`],
  ])
    await workspace.client.arm('PUT', `data/lake/versions/${version}`, { properties: { dataType, dataUri } })
  t.is((await rows('azureml:lake:1')).text, 'd.txt 40\n')
  const second = await rows('azureml:lake:2')
  t.is(second.text, 'd.txt 40\n')
  t.is(second.run.outputs.inputUri, `${workspace.client.workspace}/data/lake/versions/2`)
  const table = await workspace.cli(invoke('scores', 'azureml:lake@latest'))
  t.is(table.code, 2)
  t.regex(errorOf(table), /^Error: The data "lake" is of the type "mltable"; batch endpoints read files and folders/)

  const written = await workspace.done(invoke('writes', `${store}/lake`, '--output', `${store}/chosen/place`))
  t.is(written.outputs.outputUri, `${store}/chosen/place/`)
  const chained = await rows(`azureml://jobs/${written.outputs.jobName}/outputs/score/paths/inner`)
  t.is(chained.text, 'd.out 440\n')
})

test('what a script writes itself is brought here with its folders', async (t) => {
  const results = await workspace.folder()
  const run = await workspace.done(invoke('writes', await folderOf({ 'x.txt': 'ab' }), '--download', results))
  t.like(run.outputs, { downloadedFiles: 1 })
  t.deepEqual(await readdir(results), ['inner'])
  t.is(await readFile(join(results, 'inner/x.out'), 'utf8'), 'abab')
})

test('a job that nobody waited for is waited for later, and its results are brought then', async (t) => {
  const begun = await workspace.done(invoke('scores', await folderOf({ 'late.txt': '5' }), '--no-wait'))
  const { jobName } = begun.outputs
  t.is(begun.outputs.state, 'NotStarted')
  t.regex(begun.stderr, new RegExp(`wait for it by --job ${jobName}\\.`))
  const results = await workspace.folder()
  const waited = await workspace.done(['invoke', '--job', String(jobName), '--download', results])
  t.like(waited.outputs, { jobName, state: 'Completed', downloadedFiles: 1, outputUri: begun.outputs.outputUri })
  t.is(await readFile(join(results, 'predictions.csv'), 'utf8'), 'late.txt 50\n')
})

test('a job that fails shows its log, and its name is an output', async (t) => {
  const run = await workspace.cli(invoke('scores', await folderOf({ 'bad.txt': 'no number' })))
  t.is(run.code, 1)
  t.regex(errorOf(run), /^Error: The job "batchjob-\S+" did not complete: it ended as Failed\./)
  t.regex(run.stderr, /Log of the job batchjob-\S+: logs\/azureml\/stdout\.txt/)
  t.regex(run.stderr, /ValueError: invalid literal for int\(\)/)
  t.like(run.outputs, { state: 'Failed' })
  t.regex(String(run.outputs.jobName), /^batchjob-/)
})

test('a wait that is cancelled or takes too long leaves the job going, by its name', async (t) => {
  const input = await folderOf({ 'slow.txt': 'long' })
  const running = await workspace.run(invoke('scores', input))
  let told = ''
  running.child.stderr?.on('data', (text) => {
    told += text
  })
  await until(async () => /The job batchjob-\S+: Running/.test(told))
  running.child.kill('SIGINT')
  const stopped = await running.ended
  const { jobName } = stopped.outputs
  t.is(stopped.code, 1)
  t.is(
    errorOf(stopped),
    `Error: The run was cancelled while the job "${jobName}" was Running; the job goes on. Wait for it by --job ${jobName}.`,
  )
  const late = await workspace.cli(['invoke', '--job', String(jobName), '--timeout-seconds', '1'])
  t.is(late.code, 1)
  t.regex(errorOf(late), /^Error: The time of 1 s is over while the job "batchjob-\S+" was Running; the job goes on\./)
  t.like(late.outputs, { jobName, state: 'Running' })

  await workspace.client.arm('POST', `jobs/${jobName}/cancel`)
  const cancelled = await workspace.cli(['invoke', '--job', String(jobName)])
  t.regex(errorOf(cancelled), /did not complete: it ended as Canceled\./)
})

test('what cannot be run is told before anything is begun', async (t) => {
  const input = await folderOf({ 'a.txt': '1' })
  const refused = async (args: readonly string[], message: RegExp) => {
    const run = await workspace.cli(args)
    t.is(run.code, 2, run.stderr)
    t.regex(errorOf(run), message)
  }
  await refused(
    ['invoke'],
    /^Error: Inputs:\n {2}- --service is required, or a job\n {2}- --input is required, or a job$/,
  )
  await refused(['invoke', '--job', 'j', '--service', 'scores'], /--service cannot be given together with a job/)
  await refused(
    invoke('scores', input, '--no-wait', '--download', 'd'),
    /--download cannot be given together with noWait/,
  )
  await refused(['invoke', '--job', 'ghost'], /^Error: There is no job "ghost"/)
  await refused(invoke('ghosts', input), /^Error: There is no batch endpoint "ghosts"/)
  await refused(invoke('scores', input, '--deployment', 'ghost'), /has no deployment "ghost"\./)
  await refused(invoke('scores', join(input, 'ghost')), /^Error: The path ".*ghost" does not exist\./)
  await refused(invoke('scores', 'azureml://datastores/workspaceblobstore/paths/ghost'), /^Error: There is nothing at/)
  await refused(invoke('scores', 'azureml://datastores/ghost/paths/x'), /^Error: There is no datastore "ghost"/)
  await refused(invoke('scores', 'azureml:ghost@latest'), /^Error: There is no data "ghost"/)
  await refused(invoke('scores', 'azureml://jobs/ghost/outputs/score'), /has no job "ghost"/)
  await refused(
    invoke('scores', 'azureml://registries/r/models/m/versions/1'),
    /is the address of a model, not of data\./,
  )
  await refused(invoke('scores', input, '--output', 'results'), /^Error: "results" is not an address/)
  await refused(
    invoke('scores', input, '--output', 'azureml://datastores/workspaceblobstore/paths/'),
    /is a whole datastore; the results need a folder in it\./,
  )
  const dry = await workspace.done(invoke('scores', input, '--dry-run'))
  t.like(dry.outputs, { state: 'planned', jobName: '', uploadedBytes: 0 })
  t.regex(dry.stderr, /Would run v1-\w+ of scores over 1 file of /)
})
