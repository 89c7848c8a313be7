/** The ramp of a figure told; its steps stand in the legend too. */
export const FIGURE_RAMP = ['#0e1824', '#123a4a', '#17606b', '#2b8a83', '#6fb892', '#d3dfa0'] as const
