/** The coordinates in which towns usually have their files, by the names that the server reads. */
export const CRS = ['wgs84', 'cgcs2000', 'gcj02', 'bd09'] as const
