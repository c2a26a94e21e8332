import type { ErrorEntry } from './error-entry.ts';

/** What a commissioning finds wrong with a site, or with its own files. */
export const provisioningErrors = {
  SITE_FILE_INVALID: {
    kind: 'caller',
    means: 'the answers of the site cannot be used',
    remedy:
      'Correct the lines named in the message; `scanside provision --example` prints a file to start from. Nothing was changed.',
  },
  STEP_UNKNOWN: {
    kind: 'caller',
    means: 'there is no such step of commissioning',
    remedy: 'Take one of the names in the message. Nothing was changed.',
  },
  PROVISION_JOURNAL_UNREADABLE: {
    kind: 'caller',
    means: 'the journal of the commissioning is damaged or of another version',
    remedy:
      'Remove provisioning/journal.json in the data folder and begin again; what was set up stays.',
  },
  REPORT_UNREADABLE: {
    kind: 'caller',
    means: 'what was given is no commissioning report',
    remedy: 'Give the JSON file that `scanside provision` has written.',
  },
  REPORT_FORGED: {
    kind: 'caller',
    means: 'the commissioning report is not as the device has signed it',
    remedy:
      'Do not accept it. Ask for the file that the device wrote, and find out who changed this one.',
  },
  REPORT_OTHER_KEY: {
    kind: 'caller',
    means: 'the commissioning report is signed with another key than the device’s',
    remedy:
      'Do not accept it. Compare the fingerprint with the one that the device shows in `scanside doctor`.',
  },
  FILE_UNUSABLE: {
    kind: 'world',
    means: 'a file or folder of the device cannot be read or written',
    remedy:
      'Check the path in the message, its permissions and the room on the disk, then run the step again.',
  },
  NETWORK_TO_BE_SET: {
    kind: 'world',
    means: 'the machine does not stand in the network as the site wants it',
    remedy:
      'Set what the message names on the host, or have it set here with `network.by: networkmanager`, then start this step again.',
  },
  NETWORK_TOOL_MISSING: {
    kind: 'world',
    means: 'NetworkManager’s command is not on this machine',
    remedy:
      'Install NetworkManager, or set the network with the tool of the host and say `network.by: nobody`.',
  },
  NETWORK_NOT_SET: {
    kind: 'world',
    means: 'NetworkManager has not brought the network about',
    remedy:
      'Read its words in the message: check the interface’s name, cable and VLAN, and whether the address is free. On balenaOS give the container the host’s D-Bus (`io.balena.features.dbus`).',
  },
  PANEL_SILENT: {
    kind: 'world',
    means: 'the panel does not answer at its address',
    remedy:
      'Check `panel.host` and `panel.port`: the address must be one of this machine, and nothing else may listen there.',
  },
  PANEL_WITHOUT_ACCOUNTS: {
    kind: 'world',
    means: 'nobody may sign in at the panel yet',
    remedy:
      'Make the first administrator with `scanside user add`, or on the panel with the code of its first start (docs/panel-access.md).',
  },
  DISK_SHORT: {
    kind: 'world',
    means: 'the disk has too little room',
    remedy: 'Free space, or mount the larger disk as the data folder, then go on with this step.',
  },
  MEMORY_SHORT: {
    kind: 'world',
    means: 'the machine has too little memory for its models',
    remedy: 'End other programs or enable fewer models in `models.enabled`.',
  },
  ACCELERATOR_MISSING: {
    kind: 'world',
    means: 'the accelerator that this site counts on does not work',
    remedy:
      'Read why in the message: on a Jetson give the container the GPU (docs/jetson.md). A site that is content with the processor says so in `expect.accelerator`.',
  },
  POWER_MODE_OTHER: {
    kind: 'world',
    means: 'the machine runs in another power mode than the site wants',
    remedy: 'Set it with `sudo nvpmodel -m NUMBER` on the host and start this step again.',
  },
  KEY_IN_FILE: {
    kind: 'world',
    means: 'the device’s root key lies in a file (level L0): whoever takes the disk has it',
    remedy:
      'Seal it with `scanside keys seal` where the machine has a TPM; otherwise lock the housing and record the risk.',
  },
  TIME_SERVER_SILENT: {
    kind: 'world',
    means: 'no time server answers',
    remedy:
      'Ask the site for its NTP server and open UDP port 123 to it, or correct `time.servers`.',
  },
  CLOCK_OFF: {
    kind: 'world',
    means: 'the device’s clock is wrong',
    remedy:
      'Set the clock and have the host follow the site’s NTP server (chrony or systemd-timesyncd), then start this step again. Certificates and results depend on it.',
  },
  CLOCK_UNCHECKED: {
    kind: 'world',
    means: 'nobody has compared the device’s clock with another',
    remedy: 'Ask the site for its NTP server and name it in `time.servers`.',
  },
  CLOCK_DRIFTS: {
    kind: 'world',
    means: 'the device’s clock is more than a second off',
    remedy: 'Check that the host follows the site’s NTP server.',
  },
  PEER_NAME_UNKNOWN: {
    kind: 'world',
    means: 'no name server knows the peer’s name',
    remedy: 'Check the spelling of `host`, and whether the name needs the site’s domain behind it.',
  },
  PEER_NAME_SERVER_SILENT: {
    kind: 'world',
    means: 'no name server answers',
    remedy:
      'Check the DNS servers of the network settings and that UDP port 53 is open; or give the peer’s address instead of its name.',
  },
  PEER_PORT_CLOSED: {
    kind: 'world',
    means: 'the peer’s machine is there, and nothing listens on the port',
    remedy: 'Check the port with the peer’s administrator, and that its DICOM service runs.',
  },
  PEER_HOST_SILENT: {
    kind: 'world',
    means: 'nothing answers at the peer’s address',
    remedy:
      'Check the address, then the firewall and the VLAN between: have the network’s administrator open this port from the device’s address.',
  },
  PEER_CERTIFICATE_EXPIRED: {
    kind: 'world',
    means: 'the peer’s certificate is not valid now',
    remedy:
      'Have its administrator renew it. Where its dates are right, the clock of this device is wrong.',
  },
  PEER_CERTIFICATE_ENDS: {
    kind: 'world',
    means: 'the peer’s certificate ends soon',
    remedy: 'Tell its administrator the date; results wait when it has passed.',
  },
  PEER_AUTHORITY_OTHER: {
    kind: 'world',
    means: 'the peer’s certificate is of another authority than was given',
    remedy:
      'Ask the site for the certificate of the authority that signs this peer and name its file in `tls.authorityFile`. If the authority is right, somebody may stand between: do not go on.',
  },
  PEER_CERTIFICATE_MISNAMED: {
    kind: 'world',
    means: 'the peer’s certificate is for another name',
    remedy: 'Give the name that it bears in `tls.serverName`, or the right `host`.',
  },
  PEER_NOT_TLS: {
    kind: 'world',
    means: 'the peer does not speak TLS on this port',
    remedy: 'Ask for the port of DICOM over TLS (often 2762), or leave `tls` out.',
  },
  PEER_WANTS_CERTIFICATE: {
    kind: 'world',
    means: 'the peer ended the handshake: it does not accept this device’s certificate',
    remedy:
      'Have its administrator trust the authority of this device, and give `tls.certificateFile` and `tls.keyFile`.',
  },
  PEER_NOT_DICOM: {
    kind: 'world',
    means: 'what listens there ends the connection without a DICOM answer',
    remedy: 'Check the port: it may be that of a web server, or one that wants TLS.',
  },
  PEER_CALLED_TITLE_UNKNOWN: {
    kind: 'world',
    means: 'the peer has another AE title than the one that was called',
    remedy: 'Ask its administrator for its AE title and correct `aeTitle` of the destination.',
  },
  PEER_CALLING_TITLE_UNKNOWN: {
    kind: 'world',
    means: 'the peer does not know this device',
    remedy:
      'Have its administrator enter this device’s AE title, address and port (they stand in the message).',
  },
  PEER_REJECTS: {
    kind: 'world',
    means: 'the peer rejects the association for another reason',
    remedy: 'Show its administrator the reason in the message.',
  },
  PEER_SOP_CLASS_REFUSED: {
    kind: 'world',
    means: 'the peer takes none of the SOP classes in which a result can be sent',
    remedy:
      'Have its administrator allow Comprehensive 3D SR, or at least Comprehensive SR or Secondary Capture, from this device.',
  },
  PEER_SYNTAX_REFUSED: {
    kind: 'world',
    means: 'the peer takes the SOP class, but not in Explicit VR Little Endian',
    remedy: 'Have its administrator allow Explicit VR Little Endian for results of this device.',
  },
  PEER_STORE_REFUSED: {
    kind: 'world',
    means: 'the peer does not store the test report',
    remedy:
      'Have its administrator look up the status of the message in its log: often its disk is full, or it wants the patient to be known.',
  },
  PEER_COMMITMENT_NOT_OFFERED: {
    kind: 'world',
    means: 'the peer offers no storage commitment',
    remedy:
      'Have it switched on for this device. Where the peer has none, set `commitment: false` of the destination: then delivery is not proved.',
  },
  PEER_COMMITMENT_REFUSED: {
    kind: 'world',
    means: 'the peer does not commit to the test report that it has stored',
    remedy: 'Have its administrator look up the failure reason of the message in its log.',
  },
  PEER_COMMITMENT_SILENT: {
    kind: 'world',
    means: 'the peer was asked to commit and has not reported',
    remedy:
      'Its report comes on an association of its own: have its administrator enter this device’s AE title, address and port, and open that way in the firewall.',
  },
  CALLER_UNKNOWN: {
    kind: 'world',
    means: 'this device has turned away a peer that called it',
    remedy:
      'Add the AE title and address in the message to `receiver.callers`, or correct what the peer calls.',
  },
  SCANNER_SILENT: {
    kind: 'world',
    means: 'the scanner has not been heard',
    remedy:
      'On the scanner, enter this device’s AE title, address and port and press its test button (C-ECHO). If that fails there too, check cable, VLAN and firewall.',
  },
  REHEARSAL_FAILED: {
    kind: 'world',
    means: 'the phantom exam has not come through',
    remedy: 'Read how far it came in the message; the step before that is at fault.',
  },
  BROKER_NOT_REACHED: {
    kind: 'world',
    means: 'the broker of the fleet’s side cannot be reached',
    remedy: 'Check `mqtt.url`, and that TCP port 8883 is open towards it.',
  },
  BROKER_REFUSES: {
    kind: 'world',
    means: 'the broker does not let this device in',
    remedy:
      'Compare the common name of this device’s certificate with the broker’s access rules (deploy/mosquitto/acl), and check that it trusts the authority.',
  },
  UPDATES_NOT_REACHED: {
    kind: 'world',
    means: 'the repository of updates does not answer as one',
    remedy: 'Check `updates.repository`, the proxy, and that its port is open.',
  },
  MODEL_TEST_FAILED: {
    kind: 'world',
    means: 'a model does not answer its reference cases on this machine as it must',
    remedy: 'It will not run. Put back the bundle as it was published, then start this step again.',
  },
  MODEL_SLOW: {
    kind: 'world',
    means: 'a model is slower on this machine than the site wants',
    remedy: 'Check power mode, cooling and accelerator, or enable fewer models.',
  },
} as const satisfies Record<string, ErrorEntry>;
