/**
 * Prints everything that the importers can use, with what every distribution has: each group with its devices, their
 * drivers, port types, buses and ACS. Without root the capabilities stay hidden, and count as unknown.
 */
export const COMMAND = `for g in /sys/kernel/iommu_groups/*; do echo "IOMMU Group \${g##*/}:"; for d in $g/devices/*; do lspci -nnks "\${d##*/}"; done; done; lspci -vvnn`
