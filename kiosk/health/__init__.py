"""How this kiosk is: who can tell, what the worst is, and what it leaves for the doctor."""
