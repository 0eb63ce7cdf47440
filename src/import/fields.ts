/**
 * Names that tools, tables and documents give to what they tell of a function: heads of columns, keys of records, JSON and
 * YAML. One list for all of them, in the languages in which tools are translated and tables are written.
 */
import { fullAddress } from './address.ts'
import { codeOfClass } from './class-names.ts'
import type { Facts, Machine, Place } from './facts.ts'

/** What a cell or a value may tell of a function. `word` is a vendor, a product or any name of it. */
export type Field =
  | 'address'
  | 'group'
  | 'driver'
  | 'class'
  | 'vendor'
  | 'device'
  | 'ids'
  | 'name'
  | 'vendorName'
  | 'interface'
  | 'numa'
  | 'override'

/** Names without spaces, hyphens, underscores, dots, quotes and case; see `fieldOf`. */
const NAMES: Readonly<Record<Field, string>> = {
  address:
    'bdf dbdf address addr pciaddress pciaddr pci pcidevice pcislot pcibusid pcibdf busid businfo bus busaddress ' +
    'slot location pcilocation sysfsbusid deviceaddress hostaddress pcihostdevice functionaddress sbdf ' +
    'adresse pciadresse geräteadresse busadresse steckplatz 地址 pci地址 总线地址 设备地址 位址 pci位址 адрес адресpci pciадрес адресустройства ' +
    'adressepci adressedupériphérique emplacement アドレス pciアドレス dirección direccion direcciónpci indirizzo endereço',
  group:
    'iommugroup group iommugrp iommu iommugroupid groupid iommugroupnumber grp iommugruppe gruppe gruppenummer gruppeiommu ' +
    'iommu组 iommu分组 iommu群组 iommu组号 组 组号 分组 iommu組 組 グループ iommuグループ группаiommu iommuгруппа группа groupeiommu iommugroupe groupe ' +
    'grupoiommu grupo gruppoiommu gruppo',
  driver:
    'driver drivers kerneldriver kerneldriverinuse driverinuse currentdriver driverbound bounddriver boundto drivername ' +
    'kerneldriverused activedriver drv treiber kerneltreiber verwendetertreiber aktivertreiber 驱动 驱动程序 当前驱动 内核驱动 驅動程式 驅動 ' +
    'драйвер драйверядра текущийдрайвер используемыйдрайвер pilote pilotenoyau piloteutilisé piloteencours ドライバ ドライバー controlador',
  class:
    'class classid classcode pciclass classname deviceclass type devicetype typ klasse geräteklasse gerätetyp klassencode 类 类别 类型 設備類型 設備类型 设备类型 设备类别 класс тип типустройства classe クラス 種類 clase tipo',
  vendor: 'vendorid vid herstellerid 厂商id 供应商id идпроизводителя',
  device: 'deviceid productid did pid geräteid produktid 设备id 产品id идустройства',
  ids: 'id ids pciid pciids vendordevice vendordeviceid vendevid viddid hwid chipid vidpid vendorproduct kennung kennungen 编号 ид идентификатор identifiant',
  name:
    'name device devicename product productname description model desc gpu card chip hardware what component gerät gerätename ' +
    'bezeichnung beschreibung produkt karte modell 设备 设备名称 名称 描述 型号 裝置 устройство название описание модель périphérique appareil ' +
    'nom désignation modèle デバイス 名前 dispositivo nombre',
  vendorName:
    'vendor vendorname manufacturer hersteller anbieter 厂商 制造商 供应商 производитель вендор fabricant constructeur メーカー fabricante',
  interface: 'if interface iface netdev ifname logicalname schnittstelle 接口 интерфейс',
  numa: 'numanode numa node numaknoten numa节点 узелnuma',
  override: 'driveroverride override',
}

const FIELDS = new Map<string, Field>()
const LIST: readonly Field[] = [
  'address',
  'group',
  'driver',
  'class',
  'vendor',
  'device',
  'ids',
  'name',
  'vendorName',
  'interface',
  'numa',
  'override',
]
for (const field of LIST) for (const name of NAMES[field].split(' ')) FIELDS.set(name, field)

/** The field that a head or key names; undefined if none. */
export function fieldOf(head: string): Field | undefined {
  if (head.length > 60) return undefined
  // What stands in brackets explains the name: `Device [ids]`, `Driver (in use)`.
  return FIELDS.get(plain(head)) ?? FIELDS.get(plain(head.replace(/[([].*$/, '')))
}

function plain(head: string): string {
  return head.toLowerCase().replaceAll(/[\s_\-.*'"`:#()[\]№/°]/gu, '')
}

const NONE =
  /^(?:|-+|—|–|none|null|nil|n\/?a|\(null\)|\(none\)|~|no driver|unbound|not bound|no|keiner|keine|kein|ohne|нет|无|無|aucun|なし|ninguno)$/i
/** A driver's name, perhaps with its version behind it: `nvidia 580.126.18`, `igb (5.15.0-generic)`, `xhci_hcd/10p`. */
const DRIVER = /^["'`]?([a-z][\w-]{0,59})["'`]?(?:[ @:/,(].*)?$/i
/** Words that are no names of drivers although they stand in such a column. */
const NO_DRIVER = /^(?:unknown|unbekannt|inconnu|yes|bound|loaded|in|the|not|see|same|kernel|driver)$/i

/**
 * A cell that names a driver: its name, null for none, undefined if it tells nothing. A cell that is empty tells none only
 * where a tool leaves it empty for that reason (`emptyIsNone`).
 */
export function driverOf(cell: string, emptyIsNone: boolean): string | null | undefined {
  const text = cell.trim()
  if (text === '' && !emptyIsNone) return undefined
  if (NONE.test(text)) return null
  const name = DRIVER.exec(text)?.[1]
  return name === undefined || NO_DRIVER.test(name) ? undefined : name
}

/** A number of a group; null if the cell has none. */
export function groupOf(cell: string): string | null {
  return /^(?:iommu[ _-]?)?(?:group|gruppe|groupe|группа|组|組)?[ :#№]{0,3}(\d{1,6})$/i.exec(cell.trim())?.[1] ?? null
}

const PAIR = /(?:^|[^0-9a-f])(?:0x)?([0-9a-f]{4}):(?:0x)?([0-9a-f]{4})(?![0-9a-f:.])/i

/** Vendor and device in a cell: `10de:2204`, `[10DE:2204]`, `0x10de:0x2204`. */
export function idsOf(cell: string): { readonly vendor: string; readonly device: string } | null {
  const match = PAIR.exec(cell)
  const [, vendor = '', device = ''] = match ?? []
  return match === null ? null : { vendor: vendor.toLowerCase(), device: device.toLowerCase() }
}

/** Four digits, alone or in brackets behind a name: `10de`, `0x10de`, `NVIDIA Corporation (10de)`, `GA102 [2204]`. */
export function codeIn(cell: string): string | null {
  const match = /^(?:0x)?([0-9a-f]{4})$/i.exec(cell.trim()) ?? /[([](?:0x)?([0-9a-f]{4})[)\]]$/i.exec(cell.trim())
  return match?.[1]?.toLowerCase() ?? null
}

/** An address in a cell, with whatever marks stand around it. */
export function addressIn(cell: string): string | null {
  const word = cell
    .trim()
    .replace(/^[`'"*_([<]+|[`'"*_)\]>,;]+$/g, '')
    .replace(/^pci[@:]/i, '')
  return fullAddress(word)
}

/** Takes what the cells or values of one record tell into the facts of its function. */
export function takeFields(
  facts: Facts,
  cells: readonly (readonly [Field, string])[],
  place: Place,
  machine: Machine,
  options: { readonly emptyIsNone: boolean } = { emptyIsNone: false },
): void {
  let vendor: string | null = null
  let device: string | null = null
  const words: string[] = []
  for (const [field, cell] of cells) {
    const text = cell.trim()
    const ids = field === 'driver' || field === 'address' || field === 'group' ? null : idsOf(text)
    if (ids !== null) {
      vendor = ids.vendor
      device = ids.device
    }
    if (field === 'group') {
      const group = groupOf(text)
      if (group !== null) machine.member(facts.bdf, group, place)
    } else if (field === 'driver') {
      const driver = driverOf(text, options.emptyIsNone)
      if (driver !== undefined) machine.driver(facts, driver, place)
    } else if (field === 'class') takeClass(facts, text, place, machine)
    else if (field === 'vendor') vendor ??= codeIn(text)
    else if (field === 'device') device ??= codeIn(text)
    else if (field === 'vendorName' || field === 'name') {
      const code = codeIn(text)
      if (code !== null && field === 'vendorName') vendor ??= code
      if (code !== null && field === 'name') device ??= code
      const name = text.replace(/[([](?:0x)?[0-9a-f]{4}(?::[0-9a-f]{4})?[)\]]$/i, '').trim()
      if (name !== '' && !/^(?:0x)?[0-9a-f]{4}$/i.test(name) && !NONE.test(name)) words.push(name)
    } else if (field === 'interface' && /^(?:en|eth|wl|ib|em|p\d+p)\w{1,14}$/.test(text)) {
      machine.fact({ kind: 'network', bdf: facts.bdf, value: text }, place)
    } else if (field === 'numa' && /^\d{1,4}$/.test(text)) {
      machine.fact({ kind: 'numa', bdf: facts.bdf, value: text }, place)
    }
  }
  machine.ids(facts, vendor, device, place)
  const name = words.filter((word, index) => words.indexOf(word) === index).join(' ')
  if (name !== '') facts.name = name
}

function takeClass(facts: Facts, text: string, place: Place, machine: Machine): void {
  const code =
    /^(?:0x)?([0-9a-f]{4})(?:[0-9a-f]{2})?$/i.exec(text)?.[1] ??
    /[([](?:0x)?([0-9a-f]{4})(?:[0-9a-f]{2})?[)\]]$/i.exec(text)?.[1]
  const name = text.replace(/[([](?:0x)?[0-9a-f]{4,6}[)\]]$/i, '').trim()
  if (code !== undefined) machine.classOf(facts, code.toLowerCase(), codeOfClass(name) === undefined ? '' : name, place)
  // lshw's own classes are wider than those of PCI, and in small letters.
  else if (codeOfClass(text) !== undefined && !/^[a-z]+$/.test(text)) machine.classOf(facts, null, text, place)
}
