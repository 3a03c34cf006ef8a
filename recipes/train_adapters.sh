#!/bin/sh
# Trains the adapters that are shipped, each from a set of real lines.
#
#   recipes/train_adapters.sh DATA [NAME...]
#
# DATA is the folder that holds lines/NAME-train.zip. Without names all are trained. MINUTES is the
# time for each (default 30), OUT the folder they go to (default models/adapters), GSAOCR the
# command (default .venv/bin/gsaocr), MODEL the base (default: the shipped one), PACK a training pack:
# then lines rendered as documents of the adapter's kind are mixed in where the base knows the kind.
#
# The validation sets are not touched here: each training sets documents of its own data apart.
set -eu

data=${1:?give the folder of the data}
shift
[ $# -gt 0 ] || set -- fraktur fraktur-modern receipts typewriter oldfrench

gsaocr=${GSAOCR:-.venv/bin/gsaocr}
out=${OUT:-models/adapters}

train() { # NAME, SET, options
	name=$1
	set_=$2
	shift 2
	"$gsaocr" train-adapter "$data/lines/$set_-train.zip" -o "$out/$name" --overwrite \
		--minutes "${MINUTES:-30}" --epochs 60 ${MODEL:+--model "$MODEL"} "$@"
}

# Options that mix in lines rendered as typescript, receipt or oldprint.
rendered() {
	[ -z "${PACK:-}" ] || echo "--render $PACK/fonts $PACK/text --render-share 0.4 --render-as $1"
}

# The base has seen the lines of these kinds, those set apart to validate on too: small steps, strong
# changes to the images, and the last state rather than the one that reads those lines best.
gentle='--learning-rate 0.003 --augment 0.8 --keep last --patience 100'

fraktur_licence='Lines of German Fraktur, 16th to 19th century: chreul/19th-century-fraktur-OCR (MIT), jbaiter/archiscribe-corpus (CC BY 4.0), OCR-D/gt_structure_text and OCR-D/assets (CC BY-SA 4.0). The adapter may be used under CC BY-SA 4.0.'

for name in "$@"; do
	case $name in
	fraktur)
		train fraktur fraktur --truth restore-i,restore-hyphen --licence "$fraktur_licence"
		;;
	fraktur-modern)
		# Reads Fraktur and writes modern letters: the decoder writes freely. What reads already is
		# taken from the adapter for Fraktur, which has to be trained before.
		train fraktur-modern fraktur --truth restore-i,restore-hyphen,modern --decode attention \
			--start "$out/fraktur" --patience 100 \
			--licence "$fraktur_licence"
		;;
	receipts)
		# The truth is in capitals throughout: it teaches letters and no case.
		# shellcheck disable=SC2046,SC2086
		train receipts receipts $gentle $(rendered receipt) --truth capitals --licence 'Line crops of ICDAR 2019 SROIE receipts (arXiv 2103.10213). No licence of the data is stated; they are research data. The adapter holds no part of them.'
		;;
	typewriter)
		# shellcheck disable=SC2046,SC2086
		train typewriter typewriter $gentle $(rendered typescript) --licence 'Lines of typescripts: EHRI dataset, F. Chiffoleau et al. (CC BY 4.0); Tapuscorpus, Alix Chagué (CC BY 4.0). The adapter may be used under CC BY 4.0.'
		;;
	oldfrench)
		# shellcheck disable=SC2046,SC2086
		train oldfrench oldfrench $gentle $(rendered oldprint) --licence 'Lines of French prints, 16th to 18th century: e-ditiones/OCR17 (CC BY-SA 4.0), Gallicorpora (CC BY 4.0; images BnF Gallica), HTR-United/cremma-16-17-print (CC BY 4.0), FoNDUE-HTR/FONDUE-ES-PRINT-19 (CC BY 4.0). The adapter may be used under CC BY-SA 4.0.'
		;;
	*)
		echo "$0: no recipe for $name; there are fraktur, fraktur-modern, receipts, typewriter, oldfrench" >&2
		exit 2
		;;
	esac
done
