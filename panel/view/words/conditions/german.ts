import type { ConditionId } from '../../../../device/conditions.ts';
import type { ConditionTexts } from '../conditions.ts';

const checkNumbering =
  'Das Ergebnis mit den Bildern im PACS vergleichen. Die Nummerierung am Scanner prüfen lassen.';

export const german: Record<ConditionId, ConditionTexts> = {
  'self-test-failed': [
    'Das Modell {model} besteht seinen Selbsttest nicht und wird nicht benutzt: Seine Untersuchungen werden nicht ausgewertet.',
    'Untersuchungen ohne KI befunden. Service rufen: Das Modell oder dieses Gerät ist beschädigt.',
  ],
  'model-changed': [
    'Die Dateien des Modells {model} sind nicht die installierten: Es wird nicht benutzt, seine Untersuchungen werden nicht ausgewertet.',
    'Untersuchungen ohne KI befunden. Service rufen: klären, wer Zugang hatte, dann das Modell neu installieren.',
  ],
  'model-unusable': [
    'Das Modell {model} kann nicht benutzt werden: Seine Untersuchungen werden nicht ausgewertet.',
    'Untersuchungen ohne KI befunden. Service rufen: Das Protokoll nennt den Grund.',
  ],
  'clock-jumped': [
    'Die Uhr dieses Geräts ist um {minutes} min gesprungen: Zeiten in heutigen Ergebnissen können falsch sein.',
    'Datum, Uhrzeit und Zeitserver dieses Geräts prüfen. Die Zeiten der heutigen Ergebnisse mit denen des Scanners vergleichen.',
  ],
  'patient-mismatch': [
    'Bilder einer Untersuchung nennen verschiedene Patienten (Untersuchungen: {count}): NICHTS DAVON WIRD GESENDET.',
    'Den Patienten an der Scannerkonsole vergleichen, dort berichtigen und die Untersuchung noch einmal senden.',
  ],
  'disk-refusing': [
    'Der Datenträger ist voll: Bilder werden abgewiesen, bis Platz ist.',
    'Untersuchungen auf dem Scanner behalten und noch einmal senden. Die Verbindung zum PACS wiederherstellen oder Service rufen.',
  ],
  'pacs-failing': [
    'Keine Verbindung zu {destination}: Ergebnisse warten hier und werden gesendet, sobald es antwortet.',
    'Bescheid geben, wer PACS oder Netz betreut. Bis dahin sind Hinweise nur an diesem Bildschirm zu sehen.',
  ],
  'messages-failing': [
    'Keine Verbindung zu {destination}: Nachrichten warten hier und werden gesendet, sobald es antwortet.',
    'Bescheid geben, wer dieses System oder das Netz betreut.',
  ],
  'no-pacs': [
    'Es ist kein PACS eingerichtet: Ergebnisse bleiben auf diesem Gerät.',
    'Die Administration ein Ziel in die Konfiguration eintragen lassen.',
  ],
  'disk-low': [
    'Der Datenträger ist fast voll: {percent} % frei.',
    'Prüfen, ob Ergebnisse das PACS erreichen: Zugestelltes wird von selbst gelöscht. Sonst Service rufen.',
  ],
  'ai-paused': [
    'KI ist angehalten: Untersuchungen werden empfangen und nicht ausgewertet.',
    'Untersuchungen ohne KI befunden. KI fortsetzen, wenn der Grund für die Pause entfällt.',
  ],
  'ai-pause-due': [
    'KI ist schon lange angehalten.',
    'KI fortsetzen oder den anderen sagen, warum sie angehalten bleibt.',
  ],
  'ai-failed': [
    'KI ist ausgefallen und wird neu gestartet: Untersuchungen warten.',
    'Untersuchungen ohne KI befunden. Dauert es länger als einige Minuten, Service rufen.',
  ],
  'ai-held-heat': [
    'KI STEHT, dieses Gerät ist zu heiß: Untersuchungen werden empfangen und warten. Keine geht verloren.',
    'Untersuchungen ohne KI befunden. Für Luft am Gerät sorgen; abgekühlt arbeitet es von selbst weiter.',
  ],
  'ai-held-memory': [
    'KI STEHT, der Speicher ist knapp: Untersuchungen werden empfangen und warten. Keine geht verloren.',
    'Untersuchungen ohne KI befunden. Es geht von selbst weiter, sobald Speicher da ist; kommt es wieder vor, Service rufen.',
  ],
  'ai-held-power': [
    'KI STEHT, die Stromversorgung ist an ihrer Grenze: Untersuchungen werden empfangen und warten. Keine geht verloren.',
    'Untersuchungen ohne KI befunden. Service rufen: Netzteil oder Leistungsmodus passen nicht zum Gerät.',
  ],
  'ai-held-blind': [
    'KI STEHT, Temperaturen sind nicht lesbar: Untersuchungen werden empfangen und warten. Keine geht verloren.',
    'Untersuchungen ohne KI befunden. Service rufen: Die Sensoren dieses Geräts antworten nicht.',
  ],
  'conflicting-images-first': [
    'Verschiedene Bilder kamen unter einer Kennung (Untersuchungen: {count}): Das zuerst gekommene gilt.',
    checkNumbering,
  ],
  'conflicting-images-latest': [
    'Verschiedene Bilder kamen unter einer Kennung (Untersuchungen: {count}): Das zuletzt gekommene gilt.',
    checkNumbering,
  ],
  'conflicting-images-aside': [
    'Verschiedene Bilder kamen unter einer Kennung (Untersuchungen: {count}): Eine solche Untersuchung wird nicht ausgewertet.',
    'Diese Untersuchungen ohne KI befunden. Die Nummerierung am Scanner prüfen lassen.',
  ],
  'certificate-expired': [
    'Das Zertifikat {certificate} ist abgelaufen: Verbindungen damit werden abgewiesen.',
    'Die Administration ein neues Zertifikat installieren lassen.',
  ],
  'certificate-early': [
    'Das Zertifikat {certificate} beginnt erst in der Zukunft: Die Uhr dieses Geräts geht falsch. Kein Zertifikat wird erneuert.',
    'Datum, Uhrzeit und Zeitserver dieses Geräts prüfen.',
  ],
  'panel-without-https': [
    'Dieser Bildschirm ist im Netz ohne HTTPS erreichbar: Namen von Patienten sind unterwegs lesbar.',
    'Die Administration ein Zertifikat einrichten oder den Zugang auf dieses Gerät beschränken lassen.',
  ],
  'audit-full': [
    'Das Prüfprotokoll ist voll: Nichts wird mehr aufgezeichnet.',
    'Die Administration das Protokoll exportieren oder seinen Platz vergrößern lassen.',
  ],
  'audit-unwritable': [
    'Das Prüfprotokoll kann nicht geschrieben werden: Was hier geschieht, wird nicht aufgezeichnet.',
    'Service rufen: den Datenträger dieses Geräts prüfen.',
  ],
  'audit-damaged': [
    'Das Prüfprotokoll war beschädigt: Ältere Einträge können fehlen oder verändert sein.',
    'Die Administration `scanside audit verify` ausführen und klären lassen, wer Zugang zum Datenträger hatte.',
  ],
  'model-paused': [
    'Dem Modell {model} wird hier vorerst nicht getraut: Seine Untersuchungen werden nicht ausgewertet.',
    'Untersuchungen ohne KI befunden. Die Seite Qualität nennt den Grund; wann es weitergeht, entscheidet ein Radiologe.',
  ],
  'model-previous': [
    'Dem Modell {model} wird hier vorerst nicht getraut: Seine frühere Version {version} antwortet.',
    'Die Seite Qualität nennt den Grund; wann die neuere Version weiterarbeitet, entscheidet ein Radiologe.',
  ],
  'model-restricted': [
    'Dem Modell {model} wird weniger getraut als zuvor: Seine Hinweise sind zum zweiten Hinsehen gekennzeichnet.',
    'Sich weder auf seine Hinweise noch auf ihr Fehlen verlassen. Die Seite Qualität nennt den Grund.',
  ],
  'other-population': [
    'Das Modell {model} bekommt von {scanner} Bilder anderer Patienten oder anderer Art, als es geprüft wurde.',
    'Prüfen, welcher Scanner und welche Untersuchungen hierher senden und ob das Alter in den Bildern steht.',
  ],
  'input-changed': [
    'Was das Modell {model} von {scanner} bekommt, ist nicht mehr wie zuvor.',
    'Klären, was am Scanner geändert wurde: Einstellungen, Software, Protokoll, Patienten.',
  ],
  'sensitivity-alarm': [
    'Das Modell {model} übersieht mehr Befunde als vorgesehen.',
    'Untersuchungen befunden, als hätte KI nicht hingesehen. Der Anbieter muss das Modell neu trainieren.',
  ],
  'quality-unknown': [
    'Was dieses Gerät von der Qualität seiner Modelle wusste, ist nicht lesbar: Hinweise sind zum zweiten Hinsehen gekennzeichnet.',
    'Service rufen: quality.db aus einer Kopie zurücklegen oder ohne sie neu beginnen.',
  ],
  'input-changing': [
    'Was das Modell {model} von {scanner} bekommt, ändert sich.',
    'Die Seite Qualität ansehen. Klären, was am Scanner geändert wurde.',
  ],
  'sensitivity-watch': [
    'Das Modell {model} übersieht vielleicht mehr Befunde als vorgesehen.',
    'Die Seite Qualität ansehen und mehr Untersuchungen ohne Hinweis noch einmal befunden lassen.',
  ],
  'audit-near-full': [
    'Das Prüfprotokoll ist fast voll: {percent} % seines Platzes sind belegt.',
    'Die Administration das Protokoll exportieren oder seinen Platz vergrößern lassen.',
  ],
  'ai-late': [
    'KI ist etwa {seconds} s im Rückstand.',
    'Dringende Untersuchungen befunden, ohne auf KI zu warten.',
  ],
  'ai-behind': [
    'KI ist im Rückstand; wie lange, ist nicht zu sagen.',
    'Dringende Untersuchungen befunden, ohne auf KI zu warten.',
  ],
  'ai-slower-heat': ['KI arbeitet langsamer: Dieses Gerät ist warm.', 'Für Luft am Gerät sorgen.'],
  'ai-slower-memory': [
    'KI arbeitet langsamer: Der Speicher ist knapp.',
    'Kommt es wieder vor, Service rufen.',
  ],
  'ai-slower-power': [
    'KI arbeitet langsamer: Die Stromversorgung ist nahe ihrer Grenze.',
    'Kommt es wieder vor, Service rufen: Netzteil oder Leistungsmodus passen nicht zum Gerät.',
  ],
  'ai-slower-blind': [
    'KI arbeitet langsamer: Temperaturen sind nicht lesbar.',
    'Service rufen: Die Sensoren dieses Geräts antworten nicht.',
  ],
  'server-detour': [
    'KI läuft auf diesem Gerät und nicht auf dem Rechenserver: Ergebnisse können später kommen.',
    'Bescheid geben, wer den Server betreut. Er wird von selbst wieder versucht.',
  ],
  'certificate-expiring': [
    'Das Zertifikat {certificate} läuft in {days} Tagen ab.',
    'Die Administration vorher ein neues Zertifikat installieren lassen.',
  ],
  'demonstration-model': [
    'DEMONSTRATIONSMODELL: NICHT FÜR DEN KLINISCHEN EINSATZ.',
    'Nichts über einen Patienten danach entscheiden, was dieses Gerät sagt.',
  ],
  'configuration-open': [
    'Die Konfiguration lässt offen, was ein Krankenhaus schließen muss (Punkte: {count}).',
    'Die Geräteseite nennt jeden Punkt. Die Administration die Konfiguration ändern lassen.',
  ],
  'platform-mismatch': [
    'Die Software wurde für ein anderes System gebaut, als dieses Gerät hat; KI läuft deshalb ohne Beschleuniger.',
    'Das Abbild für das JetPack des Geräts installieren oder das Gerät aktualisieren.',
  ],
  'update-lock': [
    'Aktualisierungen lassen sich nicht fernhalten, während eine Untersuchung unterwegs ist: Eine kann sie unterbrechen. Sie wird dann wiederholt.',
    'Steht eine Aktualisierung an, sie enden lassen. Sonst Service rufen.',
  ],
};
