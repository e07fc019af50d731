// Written by docs/generate.py from sim/numbers.py: change that, then run it.

export const NUMBERS = {
  "undefined": "–",
  "never": "never",
  "minus": "−",
  "nearlyAll": [
    0.995,
    ">99%"
  ],
  "nearlyNone": [
    0.005,
    "<1%"
  ],
  "points": 1,
  "decimals": {
    "week": 0,
    "weeks": 1,
    "hours": 1,
    "hours/person": 1,
    "days": 1,
    "days per hour": 1,
    "hours in all": 0,
    "people": 0,
    "money": 0
  },
  "otherDecimals": 2
};
