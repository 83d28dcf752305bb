package p

import s "strs"
