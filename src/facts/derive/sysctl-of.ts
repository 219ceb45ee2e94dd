import type { Fact, Scalar, Subject } from '../model.js';
import type { FactStore } from '../store.js';

/** A kernel parameter as a number, with its fact; undefined where it is not known. */
export function sysctlNumber(
  store: FactStore,
  subject: Subject,
  key: string,
): { value: number; fact: Fact<Scalar> } | undefined {
  const fact = store.scalar(subject, `sysctl.${key}`);
  return fact !== undefined && typeof fact.value === 'number' ? { value: fact.value, fact } : undefined;
}

/**
 * An interface's own parameter, `net.ipv4.conf.DEV.NAME`. sysctl writes the dots of a device's name as slashes
 * (`flannel/1`), outputs of `cat /proc/sys/...` keep them.
 */
export function interfaceSysctl(
  store: FactStore,
  subject: Subject,
  device: string,
  name: string,
): { value: number; fact: Fact<Scalar> } | undefined {
  return (
    sysctlNumber(store, subject, `net.ipv4.conf.${device.replaceAll('.', '/')}.${name}`) ??
    sysctlNumber(store, subject, `net.ipv4.conf.${device}.${name}`)
  );
}
