/** A file to start from: `scanside provision --example`. Every value in it is to be replaced by the site's own. */
export const siteExample = `# Answers of one site for \`scanside provision --answers site.yaml\`.
site: St. Elsewhere, Radiology
engineer: A. Engineer, Example Medical Ltd
# Where the runtime's configuration is written; start the appliance with SCANSIDE_CONFIG=/etc/scanside/site.json.
configurationFile: /etc/scanside/site.json

# file: on the disk, level L0. tpm: sealed in the TPM of this machine; after an update of its firmware the device must be
# set up again, unless somebody has kept a copy of keys/device.key from before.
rootKey: file

# network:                       how the machine is to stand in the site's network; nothing is touched without
#   by: nobody                   prints what is to be set; networkmanager sets it (nmcli)
#   interface: eth0
#   address: 10.0.0.42/24        or dhcp
#   gateway: 10.0.0.1
#   dns: [10.0.0.2]
#   searchDomains: [hospital.example]
#   vlan: 120

# enrolment:                     who brings a token of the fleet (docs/enrolment.md)
#   site: north-1
#   tokenFile: /media/stick/token
#   issuerFile: /media/stick/token.pem

# What this site counts on. A failure says what is there instead.
expect:
  accelerator: processor # or tensorrt
  freeGigabytes: 20
  memoryGigabytes: 2
  # powerMode: MAXN_SUPER
  # modelMilliseconds: 2000

time:
  servers: [ntp.hospital.example]
  limitSeconds: 5

rehearsal:
  # scanner: CT1     wait for this AE title to call
  waitSeconds: 600
  phantom: true

# The runtime's own configuration: every key of docs/configuration.md.
configuration:
  dataFolder: /var/lib/scanside
  device:
    name: Bay 3
    serial: SC-0042
    utcOffsetMinutes: 60
  receiver:
    host: 10.0.0.42
    port: 11112
    aeTitle: SCANSIDE
    callers:
      - { aeTitle: CT1, networks: [10.0.0.15] }
      - { aeTitle: PACS, networks: [10.0.0.7] }
  panel:
    host: 10.0.0.42
  destinations:
    - { name: main, host: 10.0.0.7, port: 104, aeTitle: PACS }
`;
