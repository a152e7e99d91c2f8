/** A kind of file, the file, and the one line that is said of it. */
export const ofV2: readonly (readonly [
  kind: 'deployment' | 'endpoint' | 'model' | 'environment',
  text: string,
  message: string,
])[] = [
  [
    'deployment',
    'endpoint_name: e\ncompute: c\nsettings:\n  mini_batch_sise: 3\n',
    'd.yml:4: settings.mini_batch_sise: This key is not known; did you mean "mini_batch_size"?',
  ],
  [
    'deployment',
    'endpoint_name: e\nsettings:\n  mini_batch_size: 0\n',
    'd.yml:3: settings.mini_batch_size: 0 was given; a whole number of at least 1 is allowed.',
  ],
  [
    'deployment',
    'endpoint_name: e\nsettings:\n  output_action: append\n',
    'd.yml:3: settings.output_action: "append" was given; "append_row", "summary_only" are allowed.',
  ],
  [
    'deployment',
    'endpoint_name: e\nsettings:\n  output_file_name: a/b\n',
    'd.yml:3: settings.output_file_name: "a/b" was given; a file name without folders is allowed.',
  ],
  [
    'deployment',
    'endpoint_name: e\nsettings:\n  retry_settings:\n    timeout: PT30S\n',
    'd.yml:4: settings.retry_settings.timeout: "PT30S" was given; a whole number from 1 to 86400 is allowed.',
  ],
  [
    'deployment',
    'endpoint_name: e\ncompute: c\ntype: pipeline\n',
    'd.yml:3: type: "pipeline" was given; "model" is allowed.',
  ],
  [
    'deployment',
    'endpoint_name: e\nsettings: {}\ncompute: local:x\n',
    'd.yml:3: compute: "local:x" was given; the name of a compute cluster, or azureml:NAME, is allowed.',
  ],
  [
    'deployment',
    'endpoint_name: e\nsettings: {}\nresources:\n  instance_count: two\n',
    'd.yml:4: resources.instance_count: "two" was given; a whole number of at least 1 is allowed.',
  ],
  [
    'deployment',
    '$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json\nname: m\n',
    'd.yml:1: A file that says how a service is deployed is required here; this is a model of v2.',
  ],
  [
    'deployment',
    '$schema: x/batchEndpoint.schema.json\nauth_mode: key\n',
    'd.yml:2: auth_mode: "key" was given; "aad_token" is allowed.',
  ],
  ['endpoint', 'name: e\nauth_mod: key\n', 'd.yml:2: auth_mod: This key is not known; did you mean "auth_mode"?'],
  [
    'endpoint',
    'name: e\nauth_mode: password\n',
    'd.yml:2: auth_mode: "password" was given; "key", "aml_token", "aad_token" are allowed.',
  ],
  [
    'endpoint',
    'name: e\npublic_network_access: off\n',
    'd.yml:2: public_network_access: "off" was given; "enabled", "disabled" are allowed.',
  ],
  [
    'endpoint',
    '$schema: x/batchEndpoint.schema.json\nname: e\ntraffic: {}\n',
    'd.yml:3: traffic: This key is not known; known here are name, description, tags, auth_mode, defaults, identity, properties, location.',
  ],
  [
    'endpoint',
    'endpoint_name: e\n',
    'd.yml:1: An endpoint is required here; this is the online deployment of a service.',
  ],
  ['endpoint', '[]', 'd.yml:1: A list was given; an object is allowed.'],
  ['model', 'name: m\npth: ./m\n', 'd.yml:2: pth: This key is not known; did you mean "path"?'],
  [
    'model',
    'name: my model\n',
    'd.yml:1: name: "my model" was given; 1 to 255 letters, digits, "-" or "_", with a letter or digit first, are allowed.',
  ],
  [
    'model',
    'name: m\ntype: onnx\n',
    'd.yml:2: type: "onnx" was given; "custom_model", "mlflow_model", "triton_model" are allowed.',
  ],
  ['model', 'tags: [a]\n', 'd.yml:1: tags: A list was given; an object of texts is allowed.'],
  [
    'model',
    '$schema: x/environment.schema.json\n',
    'd.yml:1: A model is required here; this is another file of v2 (environment).',
  ],
  [
    'environment',
    'name: e\nimge: i\n',
    'd.yml:2: imge: This key is not known; known here are name, version, environmentVariables, python, docker, inferencingStackVersion, spark, databricks.',
  ],
  [
    'environment',
    'image: i\nconda_fil: c.yml\n',
    'd.yml:2: conda_fil: This key is not known; did you mean "conda_file"?',
  ],
  ['environment', 'image: 3\n', 'd.yml:1: image: 3 was given; a text is required.'],
  ['environment', 'build:\n  dockerfile_path: D\n', 'd.yml:1: build.path: It is missing; a path is required.'],
  [
    'environment',
    'image: i\nbuild:\n  path: p\n',
    'd.yml:1: docker.baseDockerfile: Both baseImage and baseDockerfile were given; one of them is allowed.',
  ],
  [
    'environment',
    'image: i\nconda_file: 3\n',
    'd.yml:2: conda_file: 3 was given; a path, or the content of a conda file, is allowed.',
  ],
  [
    'environment',
    '$schema: x/model.schema.json\n',
    'd.yml:1: An environment is required here; this is another file of v2 (model).',
  ],
]
