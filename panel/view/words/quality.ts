/** Words of the page on how good AI is here. */
export const qualityWords = {
  en: {
    title: 'Quality',
    'not-set-up': 'Monitoring is not set up on this device.',
    sensitivity: 'Sensitivity',
    'not-estimable.one': 'not estimable ({n} reference label)',
    'not-estimable.other': 'not estimable ({n} reference labels)',
    why: 'Why',
    'why-text':
      'How many findings AI misses can only be told from reports or second readings of exams without a flag. This device has none.',
    opinions:
      'What people say on this panel is kept as their opinion. It is no reference, and no figure is made of it.',
    'to-models': 'What was measured before',
  },
  de: {
    title: 'Qualität',
    'not-set-up': 'Auf diesem Gerät ist keine Überwachung eingerichtet.',
    sensitivity: 'Sensitivität',
    'not-estimable.one': 'nicht schätzbar ({n} Referenzbefund)',
    'not-estimable.other': 'nicht schätzbar ({n} Referenzbefunde)',
    why: 'Warum',
    'why-text':
      'Wie viele Befunde KI übersieht, sagen nur Befundberichte oder Zweitbefundungen von Untersuchungen ohne Hinweis. Dieses Gerät hat keine.',
    opinions:
      'Was Menschen an diesem Bildschirm angeben, wird als ihre Meinung aufbewahrt. Es ist keine Referenz, und keine Zahl wird daraus gemacht.',
    'to-models': 'Was zuvor gemessen wurde',
  },
  es: {
    title: 'Calidad',
    'not-set-up': 'En este equipo no hay seguimiento configurado.',
    sensitivity: 'Sensibilidad',
    'not-estimable.one': 'no estimable ({n} etiqueta de referencia)',
    'not-estimable.other': 'no estimable ({n} etiquetas de referencia)',
    why: 'Por qué',
    'why-text':
      'Cuántos hallazgos se le escapan a la IA solo lo dicen los informes o segundas lecturas de exámenes sin aviso. Este equipo no tiene ninguno.',
    opinions:
      'Lo que las personas indican en esta pantalla se guarda como su opinión. No es una referencia, y no se hace ninguna cifra con ello.',
    'to-models': 'Lo que se midió antes',
  },
  ja: {
    title: '品質',
    'not-set-up': 'この装置では監視が設定されていません。',
    sensitivity: '感度',
    'not-estimable.one': '推定不可(参照ラベル{n}件)',
    'not-estimable.other': '推定不可(参照ラベル{n}件)',
    why: '理由',
    'why-text':
      'AIが見逃した所見の数は、フラグのない検査の報告書または再読影からしか分かりません。この装置にはありません。',
    opinions:
      'この画面で入力された意見は意見として保存されます。参照基準ではなく、数値の計算には使いません。',
    'to-models': '事前の測定結果',
  },
};
