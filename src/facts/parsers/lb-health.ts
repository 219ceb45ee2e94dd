import { CLUSTER } from '../model.js';
import type { Command, Parser } from './parser.js';

/** What clouds call a backend's health; in the order of their command-line tools. */
const HEALTH: readonly RegExp[] = [
  // aws elbv2 describe-target-health, aws elb describe-instance-health, as JSON, YAML or a table
  /(?:"State": ?"|\bState: |\| {1,4}State {1,20}\| {1,4})(unhealthy|healthy|InService|OutOfService)\b/i,
  // gcloud compute backend-services get-health
  /\bhealthState"?: ?"?(UNHEALTHY|HEALTHY)\b/,
  // az network application-gateway show-backend-health, az network lb
  /"health": ?"(Unhealthy|Healthy|Down|Up)"/,
  // aliyun slb DescribeHealthStatus, alb GetListenerHealthStatus
  /"ServerHealthStatus": ?"(abnormal|normal|unavailable)"/,
  // tccli clb DescribeTargetHealth
  /"HealthStatus": ?(true|false)\b/,
];
const HEALTHY = /^(?:healthy|InService|Up|normal|true)$/i;

/** The health of a load balancer's backends as a cloud's command-line tool prints it: how many it takes for well. */
export const lbHealth: Parser = {
  id: 'lb-health',
  provides: ['lb.unhealthy-targets', 'lb.healthy-targets'],
  reads: ({ program, args }: Command) =>
    /^(?:aws|gcloud|az|aliyun|tccli)$/.test(program) &&
    args.some((arg) => /health/i.test(arg)) &&
    args.some((arg) => /^(?:elb|elbv2|compute|network|slb|alb|nlb|clb)$/.test(arg)),
  recognises: (head) =>
    head.some((line) => /"TargetHealthDescriptions"|"ServerHealthStatus"|^\s*-? ?healthState: /.test(line)),
  parse({ lines }, sink) {
    let healthy = 0;
    let first: number | undefined;
    let firstUnhealthy: number | undefined;
    let unhealthy = 0;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 2000);
      for (const pattern of HEALTH) {
        const word = pattern.exec(line)?.[1];
        if (word === undefined) continue;
        first ??= i + 1;
        if (HEALTHY.test(word)) healthy += 1;
        else {
          unhealthy += 1;
          firstUnhealthy ??= i + 1;
        }
        break;
      }
    }
    if (first === undefined) return;
    sink.fact('lb.healthy-targets', healthy, first, { subject: CLUSTER });
    sink.fact('lb.unhealthy-targets', unhealthy, firstUnhealthy ?? first, { subject: CLUSTER });
  },
};
