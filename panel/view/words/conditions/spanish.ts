import type { ConditionId } from '../../../../device/conditions.ts';
import type { ConditionTexts } from '../conditions.ts';

const checkNumbering =
  'Compare el resultado con las imágenes del PACS. Haga revisar la numeración del equipo de imagen.';

export const spanish: Record<ConditionId, ConditionTexts> = {
  'self-test-failed': [
    'El modelo {model} no supera su autocomprobación y no se usa: sus exámenes no se analizan.',
    'Informe los exámenes sin IA. Llame al servicio técnico: el modelo o este equipo está dañado.',
  ],
  'model-changed': [
    'Los archivos del modelo {model} no son los que se instalaron: no se usa y sus exámenes no se analizan.',
    'Informe los exámenes sin IA. Llame al servicio técnico: averigüe quién tuvo acceso y reinstale el modelo.',
  ],
  'model-unusable': [
    'El modelo {model} no se puede usar: sus exámenes no se analizan.',
    'Informe los exámenes sin IA. Llame al servicio técnico: el registro dice por qué.',
  ],
  'clock-jumped': [
    'El reloj de este equipo ha saltado {minutes} min: las horas de los resultados de hoy pueden ser erróneas.',
    'Revise fecha, hora y servidor de hora de este equipo. Compare las horas de los resultados de hoy con las del equipo de imagen.',
  ],
  'patient-mismatch': [
    'Imágenes de un mismo examen nombran a pacientes distintos (exámenes: {count}): NO SE ENVÍA NADA DE ÉL.',
    'Compare el paciente en la consola, corríjalo allí y envíe de nuevo el examen.',
  ],
  'disk-refusing': [
    'El disco está lleno: se rechazan imágenes hasta que haya espacio.',
    'Conserve los exámenes en el equipo de imagen y envíelos de nuevo. Restablezca la conexión con el PACS o llame al servicio técnico.',
  ],
  'pacs-failing': [
    'Sin conexión con {destination}: los resultados esperan aquí y se envían cuando responda.',
    'Avise a quien atiende el PACS o la red. Hasta entonces los avisos solo se ven en esta pantalla.',
  ],
  'messages-failing': [
    'Sin conexión con {destination}: los mensajes esperan aquí y se envían cuando responda.',
    'Avise a quien atiende ese sistema o la red.',
  ],
  'no-pacs': [
    'No hay PACS configurado: los resultados se quedan en este equipo.',
    'Pida a un administrador que añada un destino en la configuración.',
  ],
  'disk-low': [
    'El disco está casi lleno: {percent} % libre.',
    'Compruebe que los resultados llegan al PACS: lo entregado se borra solo. Si no, llame al servicio técnico.',
  ],
  'ai-paused': [
    'La IA está en pausa: los exámenes se reciben y no se analizan.',
    'Informe los exámenes sin IA. Reanude la IA cuando ya no haya motivo para la pausa.',
  ],
  'ai-pause-due': [
    'La IA lleva mucho tiempo en pausa.',
    'Reanude la IA o diga a los demás por qué sigue en pausa.',
  ],
  'ai-failed': [
    'La IA ha fallado y se inicia de nuevo: los exámenes esperan.',
    'Informe los exámenes sin IA. Si dura más de unos minutos, llame al servicio técnico.',
  ],
  'ai-held-heat': [
    'IA DETENIDA, este equipo está demasiado caliente: los exámenes se reciben y esperan. No se pierde ninguno.',
    'Informe los exámenes sin IA. Procure que le llegue aire; sigue solo cuando se enfríe.',
  ],
  'ai-held-memory': [
    'IA DETENIDA, falta memoria: los exámenes se reciben y esperan. No se pierde ninguno.',
    'Informe los exámenes sin IA. Sigue solo cuando haya memoria; si se repite, llame al servicio técnico.',
  ],
  'ai-held-power': [
    'IA DETENIDA, la alimentación está en su límite: los exámenes se reciben y esperan. No se pierde ninguno.',
    'Informe los exámenes sin IA. Llame al servicio técnico: la fuente o el modo de potencia no convienen al equipo.',
  ],
  'ai-held-blind': [
    'IA DETENIDA, no se pueden leer las temperaturas: los exámenes se reciben y esperan. No se pierde ninguno.',
    'Informe los exámenes sin IA. Llame al servicio técnico: los sensores de este equipo no responden.',
  ],
  'conflicting-images-first': [
    'Llegaron imágenes distintas con una misma identidad (exámenes: {count}): vale la primera.',
    checkNumbering,
  ],
  'conflicting-images-latest': [
    'Llegaron imágenes distintas con una misma identidad (exámenes: {count}): vale la última.',
    checkNumbering,
  ],
  'conflicting-images-aside': [
    'Llegaron imágenes distintas con una misma identidad (exámenes: {count}): un examen así no se analiza.',
    'Informe estos exámenes sin IA. Haga revisar la numeración del equipo de imagen.',
  ],
  'certificate-expired': [
    'El certificado {certificate} ha caducado: se rechazan las conexiones con él.',
    'Pida a un administrador que instale un certificado nuevo.',
  ],
  'certificate-early': [
    'El certificado {certificate} empieza en el futuro: el reloj de este equipo está mal. No se renueva ningún certificado.',
    'Compruebe la fecha, la hora y el servidor de hora de este equipo.',
  ],
  'panel-without-https': [
    'A esta pantalla se llega por la red sin HTTPS: los nombres de los pacientes viajan legibles.',
    'Pida a un administrador un certificado, o que limite el acceso a este equipo.',
  ],
  'audit-full': [
    'El registro de auditoría está lleno: ya no se registra nada.',
    'Pida a un administrador que exporte el registro o amplíe su espacio.',
  ],
  'audit-unwritable': [
    'No se puede escribir el registro de auditoría: lo que se hace aquí no queda registrado.',
    'Llame al servicio técnico: revise el disco de este equipo.',
  ],
  'audit-damaged': [
    'El registro de auditoría apareció dañado: registros anteriores pueden faltar o estar cambiados.',
    'Pida a un administrador que ejecute `scanside audit verify` y averigüe quién tuvo acceso al disco.',
  ],
  'model-paused': [
    'Por ahora no se confía aquí en el modelo {model}: sus exámenes no se analizan.',
    'Lea los exámenes sin IA. La página de calidad dice por qué; un radiólogo decide cuándo sigue.',
  ],
  'model-previous': [
    'Por ahora no se confía aquí en el modelo {model}: responde su versión anterior {version}.',
    'La página de calidad dice por qué; un radiólogo decide cuándo sigue la versión más nueva.',
  ],
  'model-restricted': [
    'Se confía menos que antes en el modelo {model}: sus avisos llevan la marca de mirar dos veces.',
    'No se fíe ni de sus avisos ni de que falten. La página de calidad dice por qué.',
  ],
  'other-population': [
    'El modelo {model} recibe de {scanner} imágenes de otros pacientes, o de otro tipo, que aquellas con las que se validó.',
    'Compruebe qué escáner y qué exámenes envían aquí, y que las imágenes lleven la edad.',
  ],
  'input-changed': [
    'Lo que el modelo {model} recibe de {scanner} ya no es como antes.',
    'Averigüe qué se cambió en el escáner: ajustes, programa, protocolo, pacientes.',
  ],
  'sensitivity-alarm': [
    'Al modelo {model} se le escapan más hallazgos de lo previsto.',
    'Lea los exámenes como si la IA no hubiera mirado. El proveedor tiene que volver a entrenar el modelo.',
  ],
  'quality-unknown': [
    'No se puede leer lo que este equipo sabía de la calidad de sus modelos: los avisos llevan la marca de mirar dos veces.',
    'Llame al servicio técnico: reponga quality.db de una copia o empiece de nuevo sin él.',
  ],
  'input-changing': [
    'Lo que el modelo {model} recibe de {scanner} está cambiando.',
    'Mire la página de calidad. Averigüe qué se cambió en el escáner.',
  ],
  'sensitivity-watch': [
    'Al modelo {model} quizá se le escapen más hallazgos de lo previsto.',
    'Mire la página de calidad y haga leer de nuevo más exámenes sin aviso.',
  ],
  'audit-near-full': [
    'El registro de auditoría está casi lleno: {percent} % de su espacio usado.',
    'Pida a un administrador que exporte el registro o amplíe su espacio.',
  ],
  'ai-late': [
    'La IA lleva unos {seconds} s de retraso.',
    'Informe los exámenes urgentes sin esperar a la IA.',
  ],
  'ai-behind': [
    'La IA lleva retraso; no se puede decir cuánto.',
    'Informe los exámenes urgentes sin esperar a la IA.',
  ],
  'ai-slower-heat': [
    'La IA trabaja más despacio: este equipo está caliente.',
    'Procure que le llegue aire.',
  ],
  'ai-slower-memory': [
    'La IA trabaja más despacio: falta memoria.',
    'Si se repite, llame al servicio técnico.',
  ],
  'ai-slower-power': [
    'La IA trabaja más despacio: la alimentación está cerca de su límite.',
    'Si se repite, llame al servicio técnico: la fuente o el modo de potencia no convienen al equipo.',
  ],
  'ai-slower-blind': [
    'La IA trabaja más despacio: no se pueden leer las temperaturas.',
    'Llame al servicio técnico: los sensores de este equipo no responden.',
  ],
  'server-detour': [
    'La IA funciona en este equipo y no en el servidor de inferencia: los resultados pueden tardar más.',
    'Avise a quien atiende el servidor. Se reintenta solo.',
  ],
  'certificate-expiring': [
    'El certificado {certificate} caduca en {days} días.',
    'Pida a un administrador que instale antes un certificado nuevo.',
  ],
  'demonstration-model': [
    'MODELO DE DEMOSTRACIÓN: NO APTO PARA USO CLÍNICO.',
    'No decida nada sobre un paciente por lo que diga este equipo.',
  ],
  'configuration-open': [
    'La configuración deja abierto lo que un hospital debe cerrar (puntos: {count}).',
    'La página del equipo nombra cada punto. Pida a un administrador que cambie la configuración.',
  ],
  'platform-mismatch': [
    'El software se hizo para otro sistema que el de este equipo, por lo que la IA funciona sin acelerador.',
    'Instale la imagen hecha para el JetPack del equipo o actualice el equipo.',
  ],
  'update-lock': [
    'No se pueden impedir actualizaciones mientras hay un examen en curso: una puede interrumpirlo. Entonces se repite.',
    'Si hay una actualización pendiente, deje que termine. Si no, llame al servicio técnico.',
  ],
};
