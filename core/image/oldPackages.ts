import { condaNeeds } from './condaNeeds.ts'
import type { ImagePackages } from './scoringImageSpec.ts'

/** The oldest Python that azureml-inference-server-http 1.5 installs on: 3.9. */
const oldestMinor = 9

/** What is known of packages before a build starts: each a whole sentence, none a reason to stop. */
export function oldPackages(packages: ImagePackages): readonly string[] {
  const notes: string[] = []
  const requirements =
    packages.kind === 'conda'
      ? condaNeeds(packages.content)
      : { python: undefined, pip: packages.kind === 'pip' ? packages.requirements.split('\n') : [], onlyConda: [] }
  const { python } = requirements
  const [major = 3, minor = oldestMinor] = python?.split('.').map(Number) ?? []
  if (major < 3 || (major === 3 && minor < oldestMinor))
    notes.push(
      `Python ${python} was given; the inference server of today needs 3.${oldestMinor}, so that an older one of its versions is installed, which may be missing from your package index.`,
    )
  const all = [...requirements.onlyConda, ...requirements.pip].map((line) => line.trim().toLowerCase())
  const scikit = all.find((line) => /^scikit-learn\s*[=~]=?\s*0\.(1\d|2[0-2])\b/.test(line))
  if (scikit !== undefined && minor > 8)
    notes.push(
      `"${scikit}" was given; that version of scikit-learn is built for Python up to 3.8 only, so that its installation may fail.`,
    )
  if (all.some((line) => /^azureml-(sdk|core)\b/.test(line)))
    notes.push(
      'azureml-core was given; it is out of support. A script that uses it only for Model.get_model_path can do without it.',
    )
  return notes
}
