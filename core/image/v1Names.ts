import { readFile } from 'node:fs/promises'
import type { ImageFile } from './scoringImageSpec.ts'

/** What is said of a script before a build starts: it is not wrong, but old. */
export interface OldLine {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly message: string
}

const longestScript = 1_048_576

const known: readonly { readonly pattern: RegExp; readonly message: string; readonly standIn: boolean }[] = [
  {
    pattern: /^\s*(?:from\s+sklearn\.externals\s+import\s+.*\bjoblib\b|import\s+sklearn\.externals\.joblib\b)/,
    message:
      'scikit-learn has no sklearn.externals.joblib since 0.23; joblib itself answers to that name in this image. Write "import joblib".',
    standIn: true,
  },
  {
    pattern:
      /^\s*(?:from\s+azureml\.core\.model\s+import\b|import\s+azureml\.core\.model\b|from\s+azureml\.core\s+import\s+Model\b(?!.*,))/,
    message:
      'azureml-core is out of support; where it is not installed, Model.get_model_path answers in this image and nothing else of it. Write os.environ["AZUREML_MODEL_DIR"].',
    standIn: true,
  },
  {
    pattern: /^\s*(?:from\s+azureml\.core\s+import\b.*,|import\s+azureml\.core\b)/,
    message:
      'azureml-core is out of support, and only it has more than Model: it must be among the packages. Write os.environ["AZUREML_MODEL_DIR"] for the folder of a model.',
    standIn: false,
  },
  {
    pattern: /^\s*(?:from|import)\s+azureml\.monitoring\b/,
    message:
      'ModelDataCollector of azureml-monitoring wrote to services that are gone. Use Collector of azureml-ai-monitoring.',
    standIn: false,
  },
]

/** What the Python files of a service import that only packages of 2019 have. */
export async function oldLines(
  source: readonly ImageFile[],
): Promise<{ readonly lines: readonly OldLine[]; readonly standIns: boolean }> {
  const lines: OldLine[] = []
  let standIns = false
  for (const { path, absolutePath, size } of source) {
    if (!path.endsWith('.py') || size > longestScript) continue
    const text = await readFile(absolutePath, 'utf8')
    for (const [index, line] of text.split('\n').entries()) {
      const found = known.find(({ pattern }) => pattern.test(line))
      if (!found) continue
      lines.push({ file: absolutePath, line: index + 1, message: found.message })
      standIns ||= found.standIn
    }
  }
  return { lines, standIns }
}
