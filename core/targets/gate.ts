import { InputError } from '../errors.ts'

/** What stands in front of the scoring server in a container group: it asks for keys and speaks TLS. */
export interface Gate {
  /** Who may in; nobody is asked when there are none. */
  readonly keys: readonly string[]
  /** Paths within the gate's container. */
  readonly tls: { readonly certificate: string; readonly key: string } | undefined
  readonly port: number
  readonly upstreamPort: number
  readonly requestTimeoutSeconds: number
  /** Where temporary files may be written. */
  readonly temporaryFolder: string
}

/** v1's front end took requests up to this size (reference v1-surface.md 3.7). */
const largestBody = '100m'

/**
 * The gate as a configuration of nginx. Keys are compared as regular expressions, because nginx compares plain texts
 * without regard to case. The key itself is not handed on, and neither it nor any request is logged.
 */
export function gateConfig(gate: Gate): string {
  const { keys, tls, port, upstreamPort, requestTimeoutSeconds, temporaryFolder } = gate
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const seconds = Math.max(1, Math.ceil(requestTimeoutSeconds))
  return [
    'worker_processes 1;',
    'daemon off;',
    `pid ${temporaryFolder}/gate.pid;`,
    'error_log stderr warn;',
    'events { worker_connections 1024; }',
    'http {',
    '  access_log off;',
    '  server_tokens off;',
    `  client_max_body_size ${largestBody};`,
    ...folders.map((name) => `  ${name}_temp_path ${temporaryFolder}/${name};`),
    ...(keys.length > 0
      ? [
          '  map $http_authorization $opens {',
          '    default 0;',
          ...keys.map((key) => `    "~^[Bb]earer ${regularExpression(key)}$" 1;`),
          '  }',
        ]
      : []),
    '  upstream scoring {',
    `    server 127.0.0.1:${upstreamPort};`,
    '    keepalive 32;',
    '  }',
    '  server {',
    `    listen ${port}${tls ? ' ssl' : ''};`,
    ...(tls
      ? [
          `    ssl_certificate ${tls.certificate};`,
          `    ssl_certificate_key ${tls.key};`,
          '    ssl_protocols TLSv1.2 TLSv1.3;',
          '    ssl_session_cache shared:sessions:1m;',
        ]
      : []),
    '    location / {',
    ...(keys.length > 0
      ? [
          '      default_type application/json;',
          // Azure ML's own front answers so.
          `      if ($opens = 0) { return 401 '{"message": "A key is required: Authorization: Bearer KEY"}'; }`,
        ]
      : []),
    '      proxy_pass http://scoring;',
    '      proxy_http_version 1.1;',
    '      proxy_set_header Connection "";',
    '      proxy_set_header Authorization "";',
    '      proxy_set_header Host $host;',
    '      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    '      proxy_set_header X-Forwarded-Proto $scheme;',
    '      proxy_buffering off;',
    '      proxy_connect_timeout 5s;',
    `      proxy_read_timeout ${seconds}s;`,
    `      proxy_send_timeout ${seconds}s;`,
    '    }',
    '  }',
    '}',
    '',
  ].join('\n')
}

/** A key that matches itself alone, within double quotes of nginx. */
function regularExpression(key: string): string {
  if (!/^[A-Za-z0-9+/=_.~-]{16,256}$/.test(key))
    throw new InputError(
      'A key of a service on ACI must have 16 to 256 letters, digits or "+", "/", "=", "_", ".", "~", "-"; one that was given has not.',
    )
  return key.replaceAll(/[+.]/g, '[$&]')
}
