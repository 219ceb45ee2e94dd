/** Clusters that look odd and work: podnet must not diagnose anything. */
export const CONTROLS = ['flannel', 'underlay', 'cilium'].map((variant) => ({ id: `healthy-${variant}`, variant }));
