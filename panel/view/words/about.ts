/** Words of the page that says what this device is. */
export const aboutWords = {
  en: {
    title: 'About this device',
    product: 'Product',
    device: 'Name',
    serial: 'Serial',
    licence: 'Licence',
    intended: 'What it is for',
    'intended-text':
      'Scanside receives images from a scanner, has models look at them, and flags exams for priority review. Flags and reports go to the PACS. The images go to the PACS by their usual way, whatever this device says.',
    'not-for':
      'It makes no diagnosis and replaces no reader. Pictures on this panel are previews and not for diagnosis. No flag: this is not a negative finding.',
    'to-models': 'What each model is for, and what it cannot do',
    packages: 'Work of others in this product',
    'packages-note.one': '{n} package with its licence, as shipped.',
    'packages-note.other': '{n} packages with their licences, as shipped.',
    name: 'Package',
    version: 'Version',
  },
  de: {
    title: 'Über dieses Gerät',
    product: 'Produkt',
    device: 'Name',
    serial: 'Seriennummer',
    licence: 'Lizenz',
    intended: 'Wofür es da ist',
    'intended-text':
      'Scanside empfängt Bilder eines Scanners, lässt Modelle sie ansehen und kennzeichnet Untersuchungen zur vorgezogenen Durchsicht. Hinweise und Berichte gehen ins PACS. Die Bilder gehen auf ihrem gewohnten Weg ins PACS, was dieses Gerät auch sagt.',
    'not-for':
      'Es stellt keine Diagnose und ersetzt keine Befundung. Bilder an diesem Bildschirm sind Vorschauen und nicht zur Diagnose. Kein Hinweis: Das ist kein negativer Befund.',
    'to-models': 'Wofür jedes Modell da ist und was es nicht kann',
    packages: 'Arbeit anderer in diesem Produkt',
    'packages-note.one': '{n} Paket mit seiner Lizenz, wie ausgeliefert.',
    'packages-note.other': '{n} Pakete mit ihren Lizenzen, wie ausgeliefert.',
    name: 'Paket',
    version: 'Version',
  },
  es: {
    title: 'Acerca de este equipo',
    product: 'Producto',
    device: 'Nombre',
    serial: 'N.º de serie',
    licence: 'Licencia',
    intended: 'Para qué es',
    'intended-text':
      'Scanside recibe imágenes de un equipo, hace que unos modelos las miren y avisa de exámenes para su revisión prioritaria. Avisos e informes van al PACS. Las imágenes van al PACS por su vía habitual, diga lo que diga este equipo.',
    'not-for':
      'No hace diagnósticos ni sustituye a ningún lector. Las imágenes de esta pantalla son vistas previas y no sirven para el diagnóstico. Sin aviso: esto no es un hallazgo negativo.',
    'to-models': 'Para qué es cada modelo y qué no puede',
    packages: 'Trabajo de otros en este producto',
    'packages-note.one': '{n} paquete con su licencia, tal como se entrega.',
    'packages-note.other': '{n} paquetes con sus licencias, tal como se entregan.',
    name: 'Paquete',
    version: 'Versión',
  },
  ja: {
    title: '本装置について',
    product: '製品',
    device: '名称',
    serial: '製造番号',
    licence: 'ライセンス',
    intended: '使用目的',
    'intended-text':
      'Scansideは撮影装置から画像を受信し、モデルで解析し、優先確認のためのフラグを立てます。フラグとレポートはPACSに送られます。画像は本装置の結果にかかわらず、通常の経路でPACSに送られます。',
    'not-for':
      '診断は行わず、読影者の代わりにはなりません。この画面の画像はプレビューであり、診断用ではありません。フラグなしは陰性所見ではありません。',
    'to-models': '各モデルの使用目的と限界',
    packages: '本製品に含まれる第三者ソフトウェア',
    'packages-note.one': '同梱のパッケージ{n}件とライセンス。',
    'packages-note.other': '同梱のパッケージ{n}件とライセンス。',
    name: 'パッケージ',
    version: 'バージョン',
  },
};
