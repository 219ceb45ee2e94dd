import type { JsonSchema } from './validate.js';

/** JSON Schema 2020-12 of facts given as JSON: `facts.yaml` of a bundle, in JSON. Takes the everyday spellings that a bundle may use. */

const text = { type: 'string', minLength: 1, maxLength: 4096 };
/** A version or name that somebody did not quote. */
const textOrNumber = { type: ['string', 'number', 'null'], maxLength: 4096 };
const time = { type: 'string', format: 'date-time', example: '2026-03-01T10:00:00Z' };

const endpoint: JsonSchema = {
  type: ['object', 'string'],
  description: 'An endpoint, or ADDRESS[:PORT], pod/<namespace>/<name>, node/<name>, or a host name.',
  minProperties: 1,
  minLength: 1,
  maxLength: 1024,
  additionalProperties: false,
  properties: {
    kind: {
      enum: ['pod', 'node', 'host', 'clusterip', 'service', 'nodeport', 'loadbalancer', 'external', 'dns'],
    },
    name: textOrNumber,
    namespace: textOrNumber,
    pod: textOrNumber,
    node: textOrNumber,
    ip: { type: 'string', format: 'ip' },
    port: { type: ['integer', 'null'], minimum: 1, maximum: 65_535 },
  },
};

const yesNo = {
  type: ['boolean', 'string', 'null'],
  enum: [
    true,
    false,
    null,
    'yes',
    'no',
    'unknown',
    'true',
    'false',
    'y',
    'n',
    'on',
    'off',
    'ok',
    '?',
    '',
    '是',
    '否',
    '不知道',
    '未知',
  ],
};

const probe: JsonSchema = {
  type: 'object',
  description: 'One attempt. One that was not made is left out, or has "ok": "unknown".',
  required: ['to'],
  anyOf: [{ required: ['ok'] }, { required: ['error'] }, { required: ['lossPct'] }, { required: ['state'] }],
  additionalProperties: false,
  properties: {
    from: endpoint,
    to: endpoint,
    proto: { enum: ['icmp', 'ping', 'tcp', 'udp', 'dns', 'http', 'https'] },
    ok: yesNo,
    state: { enum: ['ok', 'failing', 'slow', 'lossy'], description: 'In the place of ok, where it works badly.' },
    large: yesNo,
    backend: { type: 'string', maxLength: 1024, description: 'Node of the pod behind a Service address, or self.' },
    answer: { type: 'string', maxLength: 1024, description: 'The question that a person answered with it.' },
    error: {
      type: ['string', 'null'],
      maxLength: 4096,
      description:
        'timeout, refused, reset, no-route, host-unreachable, nxdomain, servfail, stalled, message-too-long, certificate, http-error, or what the program said.',
    },
    status: {
      type: ['string', 'number'],
      maxLength: 3,
      minimum: 100,
      maximum: 599,
      description: 'HTTP status that the application answered with.',
    },
    size: { type: 'number', minimum: 1, maximum: 1_000_000_000, description: 'Bytes.' },
    rttMs: { type: 'number', minimum: 0 },
    lossPct: { type: 'number', minimum: 0, maximum: 100 },
    stage: { enum: ['resolve', 'connect', 'tls', 'request', 'transfer'] },
    pattern: { enum: ['constant', 'intermittent', 'under-load', 'after-idle'] },
    family: { enum: [4, 6, '4', '6', 'ipv4', 'ipv6', 'IPv4', 'IPv6'] },
    at: time,
  },
};

const clusterText = {
  type: ['string', 'number', 'array', 'null'],
  items: { type: 'string' },
  maxLength: 4096,
  maxItems: 100,
};

export const FACTS_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'What is known of a cluster: facts.yaml of a bundle, as JSON.',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    version: { const: 1 },
    cluster: {
      type: 'object',
      additionalProperties: false,
      properties: {
        cni: clusterText,
        cniMode: clusterText,
        kubeProxyMode: clusterText,
        podCIDR: clusterText,
        serviceCIDR: clusterText,
        kubernetesVersion: clusterText,
        os: clusterText,
        kernel: clusterText,
      },
    },
    complaint: { type: 'string', maxLength: 100_000, description: 'The words of the reporter: shown, not judged.' },
    incident: {
      type: 'object',
      additionalProperties: false,
      properties: { from: time, to: time },
    },
    changes: {
      type: 'array',
      items: {
        type: 'object',
        required: ['what'],
        additionalProperties: false,
        properties: { at: time, what: text, on: { type: 'string', maxLength: 1024, example: 'node/n3' } },
      },
    },
    reachability: { type: 'array', items: probe },
    answers: {
      type: 'object',
      description: 'Answers of the questionnaire by question id.',
      additionalProperties: yesNo,
    },
    statements: {
      type: 'array',
      description: 'What a person says of an evidence, without the output that would show it.',
      items: {
        type: 'object',
        required: ['evidence', 'is'],
        additionalProperties: false,
        properties: { evidence: text, on: { type: 'string', maxLength: 1024, example: 'node/n1' }, is: yesNo },
      },
    },
    facts: {
      type: 'array',
      items: {
        type: 'object',
        required: ['subject', 'name', 'value'],
        additionalProperties: false,
        properties: {
          subject: {
            type: 'string',
            pattern: '^(cluster|(zone|node|flow)/[^/]+|(interface|pod|service|node-pair|capture)/[^/]+/[^/]+)$',
            example: 'node/n1',
          },
          name: text,
          value: { type: ['string', 'number', 'boolean', 'array'], items: { type: 'string' } },
          at: time,
        },
      },
    },
  },
};
